"""Signs and verifies with the reference library of Standard Webhooks: a list of tasks in, a list of outcomes out."""

import json
import sys
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError


def outcome(task):
    webhook = Webhook(task["secret"])
    if task["do"] == "sign":
        at = datetime.fromtimestamp(task["at"], tz=timezone.utc)
        return webhook.sign(msg_id=task["id"], timestamp=at, data=task["body"])
    try:
        webhook.verify(task["body"], task["headers"], json_parse=False)
    except WebhookVerificationError:
        return False
    return True


json.dump([outcome(task) for task in json.load(sys.stdin)], sys.stdout)
