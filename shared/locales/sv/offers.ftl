# What rewards and offers are called. See locales/en.

gift-money = { $value }
gift-discount = { $value } rabatt
gift-percent = { $percent } rabatt
gift-credit = ett tillgodokvitto på { $value }
gift-card = ett presentkort på { $value }
gift-cash = { $value } i pengar
gift-shipping = fri frakt
gift-points =
    { $count ->
        [one] { $figure } poäng
       *[other] { $figure } poäng
    }
gift-custom = { $figure } { $unit }
gift-product =
    { $count ->
        [one] en gratis produkt ({ $product })
       *[other] { $figure } gratis produkter ({ $product })
    }
gift-share = { $percent } av ordervärdet
gift-share-credit = ett tillgodokvitto på { $percent } av ordervärdet
gift-share-card = ett presentkort på { $percent } av ordervärdet
gift-share-cash = { $percent } av ordervärdet i pengar
gift-at-least = { $gift } (minst { $least })
gift-at-most = { $gift } (högst { $most })
gift-between = { $gift } (minst { $least }, högst { $most })

offer-yours =
    { $first ->
        [yes] Du får { $gift } på din första beställning.
       *[no] Du får { $gift } på din beställning.
    }
offer-yours-from =
    { $first ->
        [yes] Du får { $gift } på din första beställning om du handlar för minst { $minimum }.
       *[no] Du får { $gift } när du handlar för minst { $minimum }.
    }
offer-theirs =
    { $first ->
        [yes] Dina vänner får { $gift } på sin första beställning.
       *[no] Dina vänner får { $gift } på sin beställning.
    }
offer-theirs-from =
    { $first ->
        [yes] Dina vänner får { $gift } på sin första beställning om de handlar för minst { $minimum }.
       *[no] Dina vänner får { $gift } när de handlar för minst { $minimum }.
    }
offer-reward =
    { $first ->
        [yes] Du får { $gift } för varje vän som handlar för första gången.
       *[no] Du får { $gift } varje gång en vän handlar.
    }
offer-reward-from =
    { $first ->
        [yes] Du får { $gift } för varje vän som handlar för första gången, för minst { $minimum }.
       *[no] Du får { $gift } varje gång en vän handlar för minst { $minimum }.
    }

offer-every =
    { $count ->
        [one] Varje vän räknas.
       *[other] Du får det en gång per { $figure } vänner.
    }
offer-from-friend = Från och med vän nummer { $figure }: { $gift }.
offer-tier = Med nivån { $tier }: { $gift }.
offer-from-value = Vid köp för minst { $minimum }: { $gift }.
offer-season = Från { $start } till och med { $until }: { $gift }.
offer-season-day = Den { $until }: { $gift }.
offer-cap-day =
    { $count ->
        [one] Högst en gång per dag.
       *[other] Högst { $figure } gånger per dag.
    }
offer-cap-month =
    { $count ->
        [one] Högst en gång per månad.
       *[other] Högst { $figure } gånger per månad.
    }
offer-cap-total =
    { $count ->
        [one] Högst en gång.
       *[other] Högst { $figure } gånger totalt.
    }
offer-most-day = Högst { $most } per dag.
offer-most-month = Högst { $most } per månad.
offer-most-total = Högst { $most } totalt.
offer-months =
    { $count ->
        [one] Gäller i en månad efter den första beställningen.
       *[other] Gäller i { $figure } månader efter den första beställningen.
    }
offer-expires =
    { $count ->
        [one] Använd det inom en dag.
       *[other] Använd det inom { $figure } dagar.
    }
offer-products = Gäller utvalda produkter.
offer-terms = Fler villkor gäller.
offer-ends = Erbjudandet gäller till och med { $until }.
