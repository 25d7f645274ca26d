# What rewards and offers are called. See locales/en.

gift-money = { $value }
gift-discount = { $value } i rabatt
gift-percent = { $percent } rabatt
gift-credit = en tilgodelapp på { $value }
gift-card = et gavekort på { $value }
gift-cash = { $value } i penger
gift-shipping = gratis frakt
gift-points =
    { $count ->
        [one] { $figure } poeng
       *[other] { $figure } poeng
    }
gift-custom = { $figure } { $unit }
gift-product =
    { $count ->
        [one] et gratisprodukt ({ $product })
       *[other] { $figure } gratisprodukter ({ $product })
    }
gift-share = { $percent } av ordreverdien
gift-share-credit = en tilgodelapp på { $percent } av ordreverdien
gift-share-card = et gavekort på { $percent } av ordreverdien
gift-share-cash = { $percent } av ordreverdien i penger
gift-at-least = { $gift } (minst { $least })
gift-at-most = { $gift } (høyst { $most })
gift-between = { $gift } (minst { $least }, høyst { $most })

offer-yours =
    { $first ->
        [yes] Du får { $gift } på din første bestilling.
       *[no] Du får { $gift } på bestillingen din.
    }
offer-yours-from =
    { $first ->
        [yes] Du får { $gift } på din første bestilling når du handler for minst { $minimum }.
       *[no] Du får { $gift } når du handler for minst { $minimum }.
    }
offer-theirs =
    { $first ->
        [yes] Vennene dine får { $gift } på sin første bestilling.
       *[no] Vennene dine får { $gift } på bestillingen sin.
    }
offer-theirs-from =
    { $first ->
        [yes] Vennene dine får { $gift } på sin første bestilling når de handler for minst { $minimum }.
       *[no] Vennene dine får { $gift } når de handler for minst { $minimum }.
    }
offer-reward =
    { $first ->
        [yes] Du får { $gift } for hver venn som handler for første gang.
       *[no] Du får { $gift } hver gang en venn handler.
    }
offer-reward-from =
    { $first ->
        [yes] Du får { $gift } for hver venn som handler for første gang, for minst { $minimum }.
       *[no] Du får { $gift } hver gang en venn handler for minst { $minimum }.
    }

offer-every =
    { $count ->
        [one] Hver venn teller.
       *[other] Du får det én gang per { $figure } venner.
    }
offer-from-friend = Fra og med venn nummer { $figure }: { $gift }.
offer-tier = Med nivået { $tier }: { $gift }.
offer-from-value = Ved kjøp for minst { $minimum }: { $gift }.
offer-season = Fra { $start } til og med { $until }: { $gift }.
offer-season-day = Den { $until }: { $gift }.
offer-cap-day =
    { $count ->
        [one] Høyst én gang per dag.
       *[other] Høyst { $figure } ganger per dag.
    }
offer-cap-month =
    { $count ->
        [one] Høyst én gang per måned.
       *[other] Høyst { $figure } ganger per måned.
    }
offer-cap-total =
    { $count ->
        [one] Høyst én gang.
       *[other] Høyst { $figure } ganger totalt.
    }
offer-most-day = Høyst { $most } per dag.
offer-most-month = Høyst { $most } per måned.
offer-most-total = Høyst { $most } totalt.
offer-months =
    { $count ->
        [one] Gjelder i én måned etter den første bestillingen.
       *[other] Gjelder i { $figure } måneder etter den første bestillingen.
    }
offer-expires =
    { $count ->
        [one] Bruk det innen én dag.
       *[other] Bruk det innen { $figure } dager.
    }
offer-products = Gjelder utvalgte produkter.
offer-terms = Flere vilkår gjelder.
offer-ends = Tilbudet gjelder til og med { $until }.
