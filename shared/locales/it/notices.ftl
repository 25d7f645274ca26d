# Mails to the merchant. See locales/en.

because-notice = Ricevi questa e-mail perché gli avvisi per { $merchant } arrivano a questo indirizzo.

notice-data-request-subject = Un cliente chiede i suoi dati
notice-data-request-body = Ottienili con GET /v1/privacy/requests/{ $request }/data e consegnali al cliente. Ultimo giorno: { $until }.

notice-budget-subject = Il budget di { $program } per { $period } è esaurito
notice-budget-total-subject = Il budget di { $program } è esaurito
notice-budget-body = Il programma non paga più nulla in questo periodo. Se deve continuare, aumenta il budget.
notice-budget-total-body = Il programma non paga più nulla. Se deve continuare, aumenta il budget.

notice-pool-empty-subject = Il gruppo di coupon { $pool } non ha più codici
notice-pool-subject =
    { $count ->
        [one] Il gruppo di coupon { $pool } ha ancora 1 codice
        [many] Il gruppo di coupon { $pool } ha ancora { $figure } codici
       *[other] Il gruppo di coupon { $pool } ha ancora { $figure } codici
    }
notice-pool-body = Aggiungi dei codici, così nessun premio dovrà aspettare.

notice-endpoint-subject = I webhook verso { $host } sono disattivati
notice-endpoint-body = L’indirizzo non ne accetta più. Ultima volta: { $since }. Risolvi il problema, poi riattivali con PATCH /v1/webhook-endpoints/{ $endpoint }.

notice-paused-subject = Le tue e-mail sono in pausa
notice-paused-complaints =
    { $count ->
        [one] Delle ultime { $sent } e-mail 1 è stata segnalata come spam. Controlla l’elenco degli indirizzi, poi riprendi con PATCH /v1/merchant.
        [many] Delle ultime { $sent } e-mail { $figure } sono state segnalate come spam. Controlla l’elenco degli indirizzi, poi riprendi con PATCH /v1/merchant.
       *[other] Delle ultime { $sent } e-mail { $figure } sono state segnalate come spam. Controlla l’elenco degli indirizzi, poi riprendi con PATCH /v1/merchant.
    }
notice-paused-bounces =
    { $count ->
        [one] Delle ultime { $sent } e-mail 1 è tornata indietro. Controlla l’elenco degli indirizzi, poi riprendi con PATCH /v1/merchant.
        [many] Delle ultime { $sent } e-mail { $figure } sono tornate indietro. Controlla l’elenco degli indirizzi, poi riprendi con PATCH /v1/merchant.
       *[other] Delle ultime { $sent } e-mail { $figure } sono tornate indietro. Controlla l’elenco degli indirizzi, poi riprendi con PATCH /v1/merchant.
    }

notice-digest-subject = Alcune cose ti aspettano
notice-digest-flagged =
    { $count ->
        [one] 1 segnalazione è in sospeso e aspetta la tua decisione: GET /v1/referrals?state=flagged
        [many] { $figure } segnalazioni sono in sospeso e aspettano la tua decisione: GET /v1/referrals?state=flagged
       *[other] { $figure } segnalazioni sono in sospeso e aspettano la tua decisione: GET /v1/referrals?state=flagged
    }
notice-digest-stuck =
    { $count ->
        [one] 1 premio non può essere consegnato automaticamente.
        [many] { $figure } premi non possono essere consegnati automaticamente.
       *[other] { $figure } premi non possono essere consegnati automaticamente.
    }
notice-digest-to-pay =
    { $count ->
        [one] 1 premio aspetta che tu lo consegni.
        [many] { $figure } premi aspettano che tu li consegni.
       *[other] { $figure } premi aspettano che tu li consegni.
    }
notice-digest-to-pay-all = Tutti, con la tua chiave API: { $call }. Come consegnarli: infra/guides/paying.md
notice-digest-to-pay-one = { $who }: { $gift }. In attesa da: { $since }
notice-digest-to-pay-friend = Un amico di { $code }
notice-digest-to-pay-more =
    { $count ->
        [one] E 1 altro
        [many] E altri { $figure }
       *[other] E altri { $figure }
    }
notice-digest-parked =
    { $count ->
        [one] 1 evento di ordine non è stato elaborato: GET /v1/parked
        [many] { $figure } eventi di ordine non sono stati elaborati: GET /v1/parked
       *[other] { $figure } eventi di ordine non sono stati elaborati: GET /v1/parked
    }
notice-digest-privacy =
    { $count ->
        [one] 1 richiesta sui dati personali è aperta: GET /v1/privacy/requests
        [many] { $figure } richieste sui dati personali sono aperte: GET /v1/privacy/requests
       *[other] { $figure } richieste sui dati personali sono aperte: GET /v1/privacy/requests
    }

notice-code-subject = { $host } non ha voluto creare un codice
notice-code-detail = La risposta è stata: «{ $detail }»
notice-code-body = Tra i premi e i link vedi di quale si tratta. Risolvi il problema lì e riprova, oppure consegna tu il premio.
