# What rewards and offers are called. See locales/en. Before 8, 11 and eighty-odd the article is another one.

il-percent =
    { $whole ->
        [8] l’{ $percent }
        [11] l’{ $percent }
        [80] l’{ $percent }
        [81] l’{ $percent }
        [82] l’{ $percent }
        [83] l’{ $percent }
        [84] l’{ $percent }
        [85] l’{ $percent }
        [86] l’{ $percent }
        [87] l’{ $percent }
        [88] l’{ $percent }
        [89] l’{ $percent }
       *[other] il { $percent }
    }
del-percent =
    { $whole ->
        [8] dell’{ $percent }
        [11] dell’{ $percent }
        [80] dell’{ $percent }
        [81] dell’{ $percent }
        [82] dell’{ $percent }
        [83] dell’{ $percent }
        [84] dell’{ $percent }
        [85] dell’{ $percent }
        [86] dell’{ $percent }
        [87] dell’{ $percent }
        [88] dell’{ $percent }
        [89] dell’{ $percent }
       *[other] del { $percent }
    }

gift-money = { $value }
gift-discount = uno sconto di { $value }
gift-percent = uno sconto { del-percent }
gift-credit = un credito di { $value } da spendere in negozio
gift-card = una carta regalo da { $value }
gift-cash = { $value } in denaro
gift-shipping = la spedizione gratuita
gift-points =
    { $count ->
        [one] { $figure } punto
        [many] { $figure } punti
       *[other] { $figure } punti
    }
gift-custom = { $figure } { $unit }
gift-product =
    { $count ->
        [one] un prodotto in omaggio ({ $product })
        [many] { $figure } prodotti in omaggio ({ $product })
       *[other] { $figure } prodotti in omaggio ({ $product })
    }
gift-share = { il-percent } del valore dell’ordine
gift-share-credit = { il-percent } del valore dell’ordine in credito da spendere in negozio
gift-share-card = una carta regalo per { il-percent } del valore dell’ordine
gift-share-cash = { il-percent } del valore dell’ordine in denaro
gift-at-least = { $gift } (almeno { $least })
gift-at-most = { $gift } (al massimo { $most })
gift-between = { $gift } (almeno { $least }, al massimo { $most })

offer-yours =
    { $first ->
        [yes] Ricevi { $gift } con il tuo primo ordine.
       *[no] Ricevi { $gift } con il tuo ordine.
    }
offer-yours-from =
    { $first ->
        [yes] Ricevi { $gift } con il tuo primo ordine di almeno { $minimum }.
       *[no] Ricevi { $gift } con un ordine di almeno { $minimum }.
    }
offer-theirs =
    { $first ->
        [yes] I tuoi amici ricevono { $gift } con il loro primo ordine.
       *[no] I tuoi amici ricevono { $gift } con il loro ordine.
    }
offer-theirs-from =
    { $first ->
        [yes] I tuoi amici ricevono { $gift } con il loro primo ordine di almeno { $minimum }.
       *[no] I tuoi amici ricevono { $gift } con un ordine di almeno { $minimum }.
    }
offer-reward =
    { $first ->
        [yes] Tu ricevi { $gift } per ogni amico che ordina per la prima volta.
       *[no] Tu ricevi { $gift } ogni volta che un amico ordina.
    }
offer-reward-from =
    { $first ->
        [yes] Tu ricevi { $gift } per ogni amico che fa un primo ordine di almeno { $minimum }.
       *[no] Tu ricevi { $gift } ogni volta che un amico fa un ordine di almeno { $minimum }.
    }

offer-every =
    { $count ->
        [one] Ogni amico conta.
        [many] Lo ricevi una volta ogni { $figure } amici.
       *[other] Lo ricevi una volta ogni { $figure } amici.
    }
offer-from-friend = Dall’amico numero { $figure } in poi: { $gift }.
offer-tier = Con il livello { $tier }: { $gift }.
offer-from-value = Per ordini di almeno { $minimum }: { $gift }.
offer-season = Periodo { $start } – { $until }: { $gift }.
offer-season-day = Solo { $until }: { $gift }.
offer-cap-day =
    { $count ->
        [one] Al massimo una volta al giorno.
        [many] Al massimo { $figure } volte al giorno.
       *[other] Al massimo { $figure } volte al giorno.
    }
offer-cap-month =
    { $count ->
        [one] Al massimo una volta al mese.
        [many] Al massimo { $figure } volte al mese.
       *[other] Al massimo { $figure } volte al mese.
    }
offer-cap-total =
    { $count ->
        [one] Al massimo una volta.
        [many] Al massimo { $figure } volte in tutto.
       *[other] Al massimo { $figure } volte in tutto.
    }
offer-most-day = Al massimo { $most } al giorno.
offer-most-month = Al massimo { $most } al mese.
offer-most-total = Al massimo { $most } in tutto.
offer-months =
    { $count ->
        [one] Valido per un mese dopo il primo ordine.
        [many] Valido per { $figure } mesi dopo il primo ordine.
       *[other] Valido per { $figure } mesi dopo il primo ordine.
    }
offer-expires =
    { $count ->
        [one] Da usare entro un giorno.
        [many] Da usare entro { $figure } giorni.
       *[other] Da usare entro { $figure } giorni.
    }
offer-products = Valido per prodotti selezionati.
offer-terms = Si applicano altre condizioni.
offer-ends = Ultimo giorno dell’offerta: { $until }.
