# What rewards and offers are called. See locales/en.

gift-money = { $value }
gift-discount = { $value } korting
gift-percent = { $percent } korting
gift-credit = { $value } winkeltegoed
gift-card = een cadeaubon van { $value }
gift-cash = { $value } in geld
gift-shipping = gratis verzending
gift-points =
    { $count ->
        [one] { $figure } punt
       *[other] { $figure } punten
    }
gift-custom = { $figure } { $unit }
gift-product =
    { $count ->
        [one] een gratis product ({ $product })
       *[other] { $figure } gratis producten ({ $product })
    }
gift-share = { $percent } van het bestelbedrag
gift-share-credit = { $percent } van het bestelbedrag als winkeltegoed
gift-share-card = een cadeaubon van { $percent } van het bestelbedrag
gift-share-cash = { $percent } van het bestelbedrag in geld
gift-at-least = { $gift } (minstens { $least })
gift-at-most = { $gift } (hoogstens { $most })
gift-between = { $gift } (minstens { $least }, hoogstens { $most })

offer-yours =
    { $first ->
        [yes] Je krijgt { $gift } bij je eerste bestelling.
       *[no] Je krijgt { $gift } bij je bestelling.
    }
offer-yours-from =
    { $first ->
        [yes] Je krijgt { $gift } bij je eerste bestelling vanaf { $minimum }.
       *[no] Je krijgt { $gift } bij een bestelling vanaf { $minimum }.
    }
offer-theirs =
    { $first ->
        [yes] Je vrienden krijgen { $gift } bij hun eerste bestelling.
       *[no] Je vrienden krijgen { $gift } bij hun bestelling.
    }
offer-theirs-from =
    { $first ->
        [yes] Je vrienden krijgen { $gift } bij hun eerste bestelling vanaf { $minimum }.
       *[no] Je vrienden krijgen { $gift } bij een bestelling vanaf { $minimum }.
    }
offer-reward =
    { $first ->
        [yes] Jij krijgt { $gift } voor elke vriend die voor het eerst bestelt.
       *[no] Jij krijgt { $gift } telkens als een vriend bestelt.
    }
offer-reward-from =
    { $first ->
        [yes] Jij krijgt { $gift } voor elke vriend die voor het eerst bestelt, vanaf { $minimum }.
       *[no] Jij krijgt { $gift } telkens als een vriend bestelt vanaf { $minimum }.
    }

offer-every =
    { $count ->
        [one] Elke vriend telt.
       *[other] Je krijgt het één keer per { $figure } vrienden.
    }
offer-from-friend = Vanaf vriend nummer { $figure }: { $gift }.
offer-tier = Met status { $tier }: { $gift }.
offer-from-value = Bij bestellingen vanaf { $minimum }: { $gift }.
offer-season = Van { $start } tot en met { $until }: { $gift }.
offer-season-day = Op { $until }: { $gift }.
offer-cap-day =
    { $count ->
        [one] Hoogstens één keer per dag.
       *[other] Hoogstens { $figure } keer per dag.
    }
offer-cap-month =
    { $count ->
        [one] Hoogstens één keer per maand.
       *[other] Hoogstens { $figure } keer per maand.
    }
offer-cap-total =
    { $count ->
        [one] Hoogstens één keer.
       *[other] Hoogstens { $figure } keer in totaal.
    }
offer-most-day = Hoogstens { $most } per dag.
offer-most-month = Hoogstens { $most } per maand.
offer-most-total = Hoogstens { $most } in totaal.
offer-months =
    { $count ->
        [one] Geldig tot één maand na de eerste bestelling.
       *[other] Geldig tot { $figure } maanden na de eerste bestelling.
    }
offer-expires =
    { $count ->
        [one] Gebruik het binnen één dag.
       *[other] Gebruik het binnen { $figure } dagen.
    }
offer-products = Geldt voor geselecteerde producten.
offer-terms = Er gelden nog andere voorwaarden.
offer-ends = De actie loopt tot en met { $until }.
