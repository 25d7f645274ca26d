# Mails to the merchant. See locales/en.

because-notice = Du får denne e-posten fordi meldinger til { $merchant } går til denne adressen.

notice-data-request-subject = En kunde ber om opplysningene sine
notice-data-request-body = Hent dem med GET /v1/privacy/requests/{ $request }/data og gi dem til kunden senest { $until }.

notice-budget-subject = Budsjettet for { $program } er brukt opp for { $period }
notice-budget-total-subject = Budsjettet for { $program } er brukt opp
notice-budget-body = Programmet betaler ikke ut mer i denne perioden. Øk budsjettet hvis det skal det.
notice-budget-total-body = Programmet betaler ikke ut mer. Øk budsjettet hvis det skal det.

notice-pool-empty-subject = Kupongsamlingen { $pool } har ingen koder igjen
notice-pool-subject =
    { $count ->
        [one] Kupongsamlingen { $pool } har 1 kode igjen
       *[other] Kupongsamlingen { $pool } har { $figure } koder igjen
    }
notice-pool-body = Legg til flere koder, så ingen belønning må vente på en.

notice-endpoint-subject = Webhooker til { $host } er slått av
notice-endpoint-body = Adressen har ikke tatt imot noen siden { $since }. Rett feilen, og slå den på igjen med PATCH /v1/webhook-endpoints/{ $endpoint }.

notice-paused-subject = E-postene dine er satt på pause
notice-paused-complaints =
    { $count ->
        [one] Av de siste { $sent } e-postene ble 1 meldt som søppelpost. Gå gjennom adresselisten, og fortsett med PATCH /v1/merchant.
       *[other] Av de siste { $sent } e-postene ble { $figure } meldt som søppelpost. Gå gjennom adresselisten, og fortsett med PATCH /v1/merchant.
    }
notice-paused-bounces =
    { $count ->
        [one] Av de siste { $sent } e-postene kom 1 i retur. Gå gjennom adresselisten, og fortsett med PATCH /v1/merchant.
       *[other] Av de siste { $sent } e-postene kom { $figure } i retur. Gå gjennom adresselisten, og fortsett med PATCH /v1/merchant.
    }

notice-digest-subject = Noe venter på deg
notice-digest-flagged =
    { $count ->
        [one] 1 verving er flagget og venter på svaret ditt: GET /v1/referrals?state=flagged
       *[other] { $figure } vervinger er flagget og venter på svaret ditt: GET /v1/referrals?state=flagged
    }
notice-digest-stuck =
    { $count ->
        [one] 1 belønning kan ikke deles ut automatisk.
       *[other] { $figure } belønninger kan ikke deles ut automatisk.
    }
notice-digest-to-pay =
    { $count ->
        [one] 1 belønning venter på at du deler den ut.
       *[other] { $figure } belønninger venter på at du deler dem ut.
    }
notice-digest-to-pay-all = Alle, med API-nøkkelen din: { $call }. Slik deler du dem ut: infra/guides/paying.md
notice-digest-to-pay-one = { $who }: { $gift }, siden { $since }
notice-digest-to-pay-friend = En venn av { $code }
notice-digest-to-pay-more =
    { $count ->
        [one] Og 1 til
       *[other] Og { $figure } til
    }
notice-digest-parked =
    { $count ->
        [one] 1 ordrehendelse kunne ikke behandles: GET /v1/parked
       *[other] { $figure } ordrehendelser kunne ikke behandles: GET /v1/parked
    }
notice-digest-privacy =
    { $count ->
        [one] 1 forespørsel om personopplysninger er åpen: GET /v1/privacy/requests
       *[other] { $figure } forespørsler om personopplysninger er åpne: GET /v1/privacy/requests
    }

notice-code-subject = { $host } ville ikke lage en kode
notice-code-detail = Svaret var: «{ $detail }»
notice-code-body = Hvilken det gjelder, ser du på belønningene og lenkene. Rett feilen der og prøv igjen, eller gi belønningen selv.
