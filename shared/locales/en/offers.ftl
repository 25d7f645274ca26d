# What rewards and offers are called. $gift is one of the phrases of the first part; amounts, numbers and dates come written out.

gift-money = { $value }
gift-discount = { $value } off
gift-percent = { $percent } off
gift-credit = { $value } in store credit
gift-card = a gift card worth { $value }
gift-cash = { $value } in cash
gift-shipping = free shipping
gift-points =
    { $count ->
        [one] { $figure } point
       *[other] { $figure } points
    }
gift-custom = { $figure } { $unit }
gift-product =
    { $count ->
        [one] a free product ({ $product })
       *[other] { $figure } free products ({ $product })
    }
gift-share = { $percent } of the order value
gift-share-credit = { $percent } of the order value in store credit
gift-share-card = a gift card worth { $percent } of the order value
gift-share-cash = { $percent } of the order value in cash
gift-at-least = { $gift } (at least { $least })
gift-at-most = { $gift } (at most { $most })
gift-between = { $gift } (at least { $least }, at most { $most })

# The friend reads it.
offer-yours =
    { $first ->
        [yes] You get { $gift } on your first order.
       *[no] You get { $gift } on your order.
    }
offer-yours-from =
    { $first ->
        [yes] You get { $gift } on your first order of { $minimum } or more.
       *[no] You get { $gift } on an order of { $minimum } or more.
    }

# The advocate reads it: what friends get, then what the advocate gets.
offer-theirs =
    { $first ->
        [yes] Your friends get { $gift } on their first order.
       *[no] Your friends get { $gift } on their order.
    }
offer-theirs-from =
    { $first ->
        [yes] Your friends get { $gift } on their first order of { $minimum } or more.
       *[no] Your friends get { $gift } on an order of { $minimum } or more.
    }
offer-reward =
    { $first ->
        [yes] You get { $gift } for each friend who places a first order.
       *[no] You get { $gift } each time a friend orders.
    }
offer-reward-from =
    { $first ->
        [yes] You get { $gift } for each friend who places a first order of { $minimum } or more.
       *[no] You get { $gift } each time a friend orders for { $minimum } or more.
    }

# What changes or bounds it.
offer-every =
    { $count ->
        [one] Every friend counts.
       *[other] You get it once for every { $figure } friends.
    }
offer-from-friend = From friend number { $figure } on: { $gift }.
offer-tier = With the status { $tier }: { $gift }.
offer-from-value = On orders of { $minimum } or more: { $gift }.
offer-season = From { $start } to { $until }: { $gift }.
offer-season-day = On { $until }: { $gift }.
offer-cap-day =
    { $count ->
        [one] At most once a day.
       *[other] At most { $figure } times a day.
    }
offer-cap-month =
    { $count ->
        [one] At most once a month.
       *[other] At most { $figure } times a month.
    }
offer-cap-total =
    { $count ->
        [one] At most once.
       *[other] At most { $figure } times in all.
    }
offer-most-day = At most { $most } a day.
offer-most-month = At most { $most } a month.
offer-most-total = At most { $most } in all.
offer-months =
    { $count ->
        [one] For one month after the first order.
       *[other] For { $figure } months after the first order.
    }
offer-expires =
    { $count ->
        [one] Use it within a day.
       *[other] Use it within { $figure } days.
    }
offer-products = For selected products.
offer-terms = Further conditions apply.
offer-ends = The offer ends on { $until }.
