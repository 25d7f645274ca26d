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
