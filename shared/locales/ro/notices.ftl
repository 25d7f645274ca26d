# Mails to the merchant. See locales/en.

because-notice = Primești acest e-mail pentru că notificările pentru { $merchant } vin la această adresă.

notice-data-request-subject = Un client își cere datele
notice-data-request-body = Obține-le cu GET /v1/privacy/requests/{ $request }/data și dă-i-le clientului până pe { $until }.

notice-budget-subject = Bugetul programului { $program } pentru { $period } s-a epuizat
notice-budget-total-subject = Bugetul programului { $program } s-a epuizat
notice-budget-body = Programul nu mai plătește nimic în această perioadă. Dacă vrei să continue, mărește bugetul.
notice-budget-total-body = Programul nu mai plătește nimic. Dacă vrei să continue, mărește bugetul.

notice-pool-empty-subject = Setul de cupoane { $pool } nu mai are coduri
notice-pool-subject =
    { $count ->
        [one] Setul de cupoane { $pool } mai are 1 cod
        [few] Setul de cupoane { $pool } mai are { $figure } coduri
       *[other] Setul de cupoane { $pool } mai are { $figure } de coduri
    }
notice-pool-body = Adaugă coduri, ca nicio recompensă să nu trebuiască să aștepte.

notice-endpoint-subject = Webhookurile către { $host } sunt oprite
notice-endpoint-body = Adresa nu a mai primit niciunul din { $since }. Remediază problema, apoi pornește-le cu PATCH /v1/webhook-endpoints/{ $endpoint }.

notice-paused-subject = E-mailurile tale sunt oprite temporar
notice-paused-complaints =
    { $count ->
        [one] Din ultimele { $sent } e-mailuri, 1 a fost marcat drept spam. Verifică lista de adrese, apoi continuă cu PATCH /v1/merchant.
        [few] Din ultimele { $sent } e-mailuri, { $figure } au fost marcate drept spam. Verifică lista de adrese, apoi continuă cu PATCH /v1/merchant.
       *[other] Din ultimele { $sent } e-mailuri, { $figure } au fost marcate drept spam. Verifică lista de adrese, apoi continuă cu PATCH /v1/merchant.
    }
notice-paused-bounces =
    { $count ->
        [one] Din ultimele { $sent } e-mailuri, 1 a fost respins. Verifică lista de adrese, apoi continuă cu PATCH /v1/merchant.
        [few] Din ultimele { $sent } e-mailuri, { $figure } au fost respinse. Verifică lista de adrese, apoi continuă cu PATCH /v1/merchant.
       *[other] Din ultimele { $sent } e-mailuri, { $figure } au fost respinse. Verifică lista de adrese, apoi continuă cu PATCH /v1/merchant.
    }

notice-digest-subject = Câteva lucruri te așteaptă
notice-digest-flagged =
    { $count ->
        [one] 1 recomandare este semnalată și așteaptă decizia ta: GET /v1/referrals?state=flagged
        [few] { $figure } recomandări sunt semnalate și așteaptă decizia ta: GET /v1/referrals?state=flagged
       *[other] { $figure } de recomandări sunt semnalate și așteaptă decizia ta: GET /v1/referrals?state=flagged
    }
notice-digest-stuck =
    { $count ->
        [one] 1 recompensă nu poate fi acordată automat.
        [few] { $figure } recompense nu pot fi acordate automat.
       *[other] { $figure } de recompense nu pot fi acordate automat.
    }
notice-digest-to-pay =
    { $count ->
        [one] 1 recompensă așteaptă să o acorzi.
        [few] { $figure } recompense așteaptă să le acorzi.
       *[other] { $figure } de recompense așteaptă să le acorzi.
    }
notice-digest-to-pay-all = Toate, cu cheia ta API: { $call }. Cum le acorzi: infra/guides/paying.md
notice-digest-to-pay-one = { $who }: { $gift }, din { $since }
notice-digest-to-pay-friend = Un prieten al lui { $code }
notice-digest-to-pay-more =
    { $count ->
        [one] Și încă 1
        [few] Și încă { $figure }
       *[other] Și încă { $figure }
    }
notice-digest-parked =
    { $count ->
        [one] 1 eveniment de comandă nu a putut fi procesat: GET /v1/parked
        [few] { $figure } evenimente de comandă nu au putut fi procesate: GET /v1/parked
       *[other] { $figure } de evenimente de comandă nu au putut fi procesate: GET /v1/parked
    }
notice-digest-privacy =
    { $count ->
        [one] 1 solicitare privind datele personale este deschisă: GET /v1/privacy/requests
        [few] { $figure } solicitări privind datele personale sunt deschise: GET /v1/privacy/requests
       *[other] { $figure } de solicitări privind datele personale sunt deschise: GET /v1/privacy/requests
    }

notice-code-subject = { $host } nu a vrut să creeze un cod
notice-code-detail = Răspunsul a fost: „{ $detail }”
notice-code-body = La recompense și linkuri vezi despre care este vorba. Remediază problema acolo și încearcă din nou sau acordă tu recompensa.
