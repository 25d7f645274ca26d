use super::*;

#[test]
fn a_secret_of_the_specification_stands_for_bytes_and_any_other_for_itself() {
    assert_eq!(key("whsec_c2VjcmV0cw=="), b"secrets");
    assert_eq!(key("whsec_c2VjcmV0cw"), b"secrets", "not filled up");
    assert_eq!(key("whsec_"), b"", "signs nothing");
    for plain in ["a secret", "whsec_not base64", "c2VjcmV0cw=="] {
        assert_eq!(key(plain), plain.as_bytes(), "{plain}");
    }
}

#[test]
fn a_new_secret_of_the_specification_has_24_bytes() {
    let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
    for right in ["a text of its own".to_owned(), of(24), of(32), of(64), of(24).trim_end_matches('=').to_owned()] {
        assert!(is_secret(&right), "{right}");
    }
    for wrong in [of(0), of(7), of(23), "whsec_not base64 at all, but long enough".to_owned()] {
        assert!(!is_secret(&wrong), "{wrong}");
    }
}
