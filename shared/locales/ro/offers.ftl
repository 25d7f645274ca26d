# What rewards and offers are called. See locales/en.

gift-money = { $value }
gift-discount = o reducere de { $value }
gift-percent = o reducere de { $percent }
gift-credit = un credit de { $value } în magazin
gift-card = un card cadou de { $value }
gift-cash = { $value } în bani
gift-shipping = transport gratuit
gift-points =
    { $count ->
        [one] { $figure } punct
        [few] { $figure } puncte
       *[other] { $figure } de puncte
    }
gift-custom = { $figure } { $unit }
gift-product =
    { $count ->
        [one] un produs gratuit ({ $product })
        [few] { $figure } produse gratuite ({ $product })
       *[other] { $figure } de produse gratuite ({ $product })
    }
gift-share = { $percent } din valoarea comenzii
gift-share-credit = { $percent } din valoarea comenzii drept credit în magazin
gift-share-card = un card cadou de { $percent } din valoarea comenzii
gift-share-cash = { $percent } din valoarea comenzii în bani
gift-at-least = { $gift } (cel puțin { $least })
gift-at-most = { $gift } (cel mult { $most })
gift-between = { $gift } (cel puțin { $least }, cel mult { $most })

offer-yours =
    { $first ->
        [yes] Primești { $gift } la prima ta comandă.
       *[no] Primești { $gift } la comanda ta.
    }
offer-yours-from =
    { $first ->
        [yes] Primești { $gift } la prima ta comandă de cel puțin { $minimum }.
       *[no] Primești { $gift } la o comandă de cel puțin { $minimum }.
    }
offer-theirs =
    { $first ->
        [yes] Prietenii tăi primesc { $gift } la prima lor comandă.
       *[no] Prietenii tăi primesc { $gift } la comanda lor.
    }
offer-theirs-from =
    { $first ->
        [yes] Prietenii tăi primesc { $gift } la prima lor comandă de cel puțin { $minimum }.
       *[no] Prietenii tăi primesc { $gift } la o comandă de cel puțin { $minimum }.
    }
offer-reward =
    { $first ->
        [yes] Tu primești { $gift } pentru fiecare prieten care comandă prima dată.
       *[no] Tu primești { $gift } de fiecare dată când comandă un prieten.
    }
offer-reward-from =
    { $first ->
        [yes] Tu primești { $gift } pentru fiecare prieten care comandă prima dată, de cel puțin { $minimum }.
       *[no] Tu primești { $gift } de fiecare dată când un prieten comandă de cel puțin { $minimum }.
    }

offer-every =
    { $count ->
        [one] Fiecare prieten contează.
        [few] Recompensa vine o dată la { $figure } prieteni.
       *[other] Recompensa vine o dată la { $figure } de prieteni.
    }
offer-from-friend = Începând cu prietenul cu numărul { $figure }: { $gift }.
offer-tier = Cu nivelul { $tier }: { $gift }.
offer-from-value = La comenzi de cel puțin { $minimum }: { $gift }.
offer-season = De pe { $start } până pe { $until } inclusiv: { $gift }.
offer-season-day = Pe { $until }: { $gift }.
offer-cap-day =
    { $count ->
        [one] Cel mult o dată pe zi.
        [few] De cel mult { $figure } ori pe zi.
       *[other] De cel mult { $figure } de ori pe zi.
    }
offer-cap-month =
    { $count ->
        [one] Cel mult o dată pe lună.
        [few] De cel mult { $figure } ori pe lună.
       *[other] De cel mult { $figure } de ori pe lună.
    }
offer-cap-total =
    { $count ->
        [one] Cel mult o dată.
        [few] De cel mult { $figure } ori în total.
       *[other] De cel mult { $figure } de ori în total.
    }
offer-most-day = Cel mult { $most } pe zi.
offer-most-month = Cel mult { $most } pe lună.
offer-most-total = Cel mult { $most } în total.
offer-months =
    { $count ->
        [one] Valabil timp de o lună după prima comandă.
        [few] Valabil timp de { $figure } luni după prima comandă.
       *[other] Valabil timp de { $figure } de luni după prima comandă.
    }
offer-expires =
    { $count ->
        [one] De folosit în termen de o zi.
        [few] De folosit în termen de { $figure } zile.
       *[other] De folosit în termen de { $figure } de zile.
    }
offer-products = Valabil pentru produsele selectate.
offer-terms = Se aplică și alte condiții.
offer-ends = Oferta este valabilă până pe { $until } inclusiv.
