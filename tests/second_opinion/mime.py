"""Reads mails with Python's own e-mail package: base64 in, what it understood out."""
import base64
import json
import sys
from email import message_from_bytes, policy


def read(raw):
    mail = message_from_bytes(raw, policy=policy.default)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    texts = {part.get_content_type(): part.get_content() for part in parts}
    sender = mail["from"].addresses[0]
    defects = [str(defect) for part in mail.walk() for defect in part.defects]
    for name in ("from", "to", "reply-to", "subject", "date", "message-id", "list-unsubscribe"):
        if mail[name] is not None:
            defects += [f"{name}: {defect}" for defect in mail[name].defects]
    return {
        "subject": str(mail["subject"]),
        "from": sender.addr_spec,
        "from_name": sender.display_name,
        "to": [address.addr_spec for address in mail["to"].addresses],
        "reply_to": [address.addr_spec for address in mail["reply-to"].addresses] if mail["reply-to"] else [],
        "parts": [part.get_content_type() for part in parts],
        "text": texts.get("text/plain"),
        "html": texts.get("text/html"),
        "unsubscribe": [str(mail["list-unsubscribe"]), str(mail["list-unsubscribe-post"])],
        "defects": defects,
        "longest_line": max(len(line.rstrip(b"\r")) for line in raw.split(b"\n")),
    }


print(json.dumps([read(base64.b64decode(raw)) for raw in json.load(sys.stdin)]))
