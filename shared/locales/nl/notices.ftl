# Mails to the merchant. See locales/en.

because-notice = Je krijgt deze mail omdat meldingen voor { $merchant } naar dit adres gaan.

notice-data-request-subject = Een klant vraagt om zijn of haar gegevens
notice-data-request-body = Haal ze op met GET /v1/privacy/requests/{ $request }/data en geef ze uiterlijk op { $until } aan de klant.

notice-budget-subject = Het budget van { $program } voor { $period } is op
notice-budget-total-subject = Het budget van { $program } is op
notice-budget-body = Het programma betaalt in deze periode niets meer uit. Moet dat wel, verhoog dan het budget.
notice-budget-total-body = Het programma betaalt niets meer uit. Moet dat wel, verhoog dan het budget.

notice-pool-empty-subject = Couponvoorraad { $pool } heeft geen codes meer
notice-pool-subject =
    { $count ->
        [one] Couponvoorraad { $pool } heeft nog 1 code
       *[other] Couponvoorraad { $pool } heeft nog { $figure } codes
    }
notice-pool-body = Voeg codes toe, zodat geen beloning erop hoeft te wachten.

notice-endpoint-subject = Webhooks naar { $host } zijn uitgeschakeld
notice-endpoint-body = Het adres heeft er sinds { $since } geen meer aangenomen. Los het op en schakel het weer in met PATCH /v1/webhook-endpoints/{ $endpoint }.

notice-paused-subject = Je mails zijn gepauzeerd
notice-paused-complaints =
    { $count ->
        [one] Van de laatste { $sent } mails is er 1 als spam gemeld. Loop de adreslijst na en ga verder met PATCH /v1/merchant.
       *[other] Van de laatste { $sent } mails zijn er { $figure } als spam gemeld. Loop de adreslijst na en ga verder met PATCH /v1/merchant.
    }
notice-paused-bounces =
    { $count ->
        [one] Van de laatste { $sent } mails kwam er 1 terug. Loop de adreslijst na en ga verder met PATCH /v1/merchant.
       *[other] Van de laatste { $sent } mails kwamen er { $figure } terug. Loop de adreslijst na en ga verder met PATCH /v1/merchant.
    }

notice-digest-subject = Er wachten een paar dingen op je
notice-digest-flagged =
    { $count ->
        [one] 1 aanbeveling is gemarkeerd en wacht op je oordeel: GET /v1/referrals?state=flagged
       *[other] { $figure } aanbevelingen zijn gemarkeerd en wachten op je oordeel: GET /v1/referrals?state=flagged
    }
notice-digest-stuck =
    { $count ->
        [one] 1 beloning kan niet automatisch worden uitgereikt.
       *[other] { $figure } beloningen kunnen niet automatisch worden uitgereikt.
    }
notice-digest-to-pay =
    { $count ->
        [one] 1 beloning wacht tot je die uitreikt.
       *[other] { $figure } beloningen wachten tot je ze uitreikt.
    }
notice-digest-to-pay-all = Allemaal, met je API-sleutel: { $call }. Zo reik je ze uit: infra/guides/paying.md
notice-digest-to-pay-one = { $who }: { $gift }, sinds { $since }
notice-digest-to-pay-friend = Een vriend van { $code }
notice-digest-to-pay-more =
    { $count ->
        [one] En nog 1
       *[other] En nog { $figure }
    }
notice-digest-parked =
    { $count ->
        [one] 1 bestelbericht kon niet worden verwerkt: GET /v1/parked
       *[other] { $figure } bestelberichten konden niet worden verwerkt: GET /v1/parked
    }
notice-digest-privacy =
    { $count ->
        [one] 1 verzoek over persoonsgegevens staat open: GET /v1/privacy/requests
       *[other] { $figure } verzoeken over persoonsgegevens staan open: GET /v1/privacy/requests
    }

notice-code-subject = { $host } wilde geen code aanmaken
notice-code-detail = Het antwoord was: “{ $detail }”
notice-code-body = Bij de beloningen en links zie je om welke het gaat. Los het daar op en probeer het opnieuw, of reik de beloning zelf uit.
