# Mails to the merchant. $program, $pool, $host, $merchant and $detail are names and words as others wrote them.

because-notice = You get this mail because notices for { $merchant } come to this address.

notice-data-request-subject = A customer asks for their data
notice-data-request-body = Get it with GET /v1/privacy/requests/{ $request }/data and give it to the customer by { $until }.

notice-budget-subject = The budget of { $program } for { $period } is spent
notice-budget-total-subject = The budget of { $program } is spent
notice-budget-body = The program pays nothing more in this period. If it should, raise its budget.
notice-budget-total-body = The program pays nothing more. If it should, raise its budget.

notice-pool-empty-subject = Coupon pool { $pool } has no codes left
notice-pool-subject =
    { $count ->
        [one] Coupon pool { $pool } has 1 code left
       *[other] Coupon pool { $pool } has { $figure } codes left
    }
notice-pool-body = Please add codes, so that no reward has to wait for one.

notice-endpoint-subject = Webhooks to { $host } are switched off
notice-endpoint-body = It has taken none since { $since }. Mend it, then switch it on with PATCH /v1/webhook-endpoints/{ $endpoint }.

notice-paused-subject = Your mails are paused
notice-paused-complaints =
    { $count ->
        [one] Of the last { $sent } mails 1 was called spam. Mend the list of addresses, then go on with PATCH /v1/merchant.
       *[other] Of the last { $sent } mails { $figure } were called spam. Mend the list of addresses, then go on with PATCH /v1/merchant.
    }
notice-paused-bounces =
    { $count ->
        [one] Of the last { $sent } mails 1 came back. Mend the list of addresses, then go on with PATCH /v1/merchant.
       *[other] Of the last { $sent } mails { $figure } came back. Mend the list of addresses, then go on with PATCH /v1/merchant.
    }

notice-digest-subject = Some things wait for you
notice-digest-flagged =
    { $count ->
        [one] 1 referral is flagged and waits for your word: GET /v1/referrals?state=flagged
       *[other] { $figure } referrals are flagged and wait for your word: GET /v1/referrals?state=flagged
    }
notice-digest-stuck =
    { $count ->
        [one] 1 reward can't be handed over by itself.
       *[other] { $figure } rewards can't be handed over by themselves.
    }
notice-digest-to-pay =
    { $count ->
        [one] 1 reward waits for you to hand it over.
       *[other] { $figure } rewards wait for you to hand them over.
    }
notice-digest-to-pay-all = All of them, with your API key: { $call }. How to hand them over: infra/guides/paying.md
notice-digest-to-pay-one = { $who }: { $gift }, since { $since }
notice-digest-to-pay-friend = A friend of { $code }
notice-digest-to-pay-more =
    { $count ->
        [one] And 1 more
       *[other] And { $figure } more
    }
notice-digest-parked =
    { $count ->
        [one] 1 order event could not be applied: GET /v1/parked
       *[other] { $figure } order events could not be applied: GET /v1/parked
    }
notice-digest-privacy =
    { $count ->
        [one] 1 request about personal data is open: GET /v1/privacy/requests
       *[other] { $figure } requests about personal data are open: GET /v1/privacy/requests
    }

notice-code-subject = { $host } would not make a code
notice-code-detail = It says: “{ $detail }”
notice-code-body = Rewards and links say which. Mend it there, then try again, or hand the reward over yourself.
