# Mails to the merchant. See locales/en.

because-notice = Du får det här mejlet för att meddelanden till { $merchant } går till den här adressen.

notice-data-request-subject = En kund ber om sina uppgifter
notice-data-request-body = Hämta dem med GET /v1/privacy/requests/{ $request }/data och lämna dem till kunden senast den { $until }.

notice-budget-subject = Budgeten för { $program } är slut för { $period }
notice-budget-total-subject = Budgeten för { $program } är slut
notice-budget-body = Programmet betalar inte ut mer under den här perioden. Höj budgeten om det ska göra det.
notice-budget-total-body = Programmet betalar inte ut mer. Höj budgeten om det ska göra det.

notice-pool-empty-subject = Kupongpoolen { $pool } har inga koder kvar
notice-pool-subject =
    { $count ->
        [one] Kupongpoolen { $pool } har 1 kod kvar
       *[other] Kupongpoolen { $pool } har { $figure } koder kvar
    }
notice-pool-body = Fyll på med koder, så att ingen belöning behöver vänta på en.

notice-endpoint-subject = Webhookar till { $host } är avstängda
notice-endpoint-body = Adressen har inte tagit emot några sedan { $since }. Åtgärda felet och slå sedan på den igen med PATCH /v1/webhook-endpoints/{ $endpoint }.

notice-paused-subject = Dina mejl är pausade
notice-paused-complaints =
    { $count ->
        [one] Av de senaste { $sent } mejlen anmäldes 1 som skräppost. Gå igenom adresslistan och fortsätt sedan med PATCH /v1/merchant.
       *[other] Av de senaste { $sent } mejlen anmäldes { $figure } som skräppost. Gå igenom adresslistan och fortsätt sedan med PATCH /v1/merchant.
    }
notice-paused-bounces =
    { $count ->
        [one] Av de senaste { $sent } mejlen studsade 1. Gå igenom adresslistan och fortsätt sedan med PATCH /v1/merchant.
       *[other] Av de senaste { $sent } mejlen studsade { $figure }. Gå igenom adresslistan och fortsätt sedan med PATCH /v1/merchant.
    }

notice-digest-subject = Det finns saker som väntar på dig
notice-digest-flagged =
    { $count ->
        [one] 1 värvning är flaggad och väntar på ditt besked: GET /v1/referrals?state=flagged
       *[other] { $figure } värvningar är flaggade och väntar på ditt besked: GET /v1/referrals?state=flagged
    }
notice-digest-stuck =
    { $count ->
        [one] 1 belöning kan inte delas ut automatiskt.
       *[other] { $figure } belöningar kan inte delas ut automatiskt.
    }
notice-digest-to-pay =
    { $count ->
        [one] 1 belöning väntar på att du delar ut den.
       *[other] { $figure } belöningar väntar på att du delar ut dem.
    }
notice-digest-to-pay-all = Alla, med din API-nyckel: { $call }. Så delar du ut dem: infra/guides/paying.md
notice-digest-to-pay-one = { $who }: { $gift }, sedan { $since }
notice-digest-to-pay-friend = En vän till { $code }
notice-digest-to-pay-more =
    { $count ->
        [one] Och 1 till
       *[other] Och { $figure } till
    }
notice-digest-parked =
    { $count ->
        [one] 1 orderhändelse kunde inte behandlas: GET /v1/parked
       *[other] { $figure } orderhändelser kunde inte behandlas: GET /v1/parked
    }
notice-digest-privacy =
    { $count ->
        [one] 1 begäran om personuppgifter är öppen: GET /v1/privacy/requests
       *[other] { $figure } begäranden om personuppgifter är öppna: GET /v1/privacy/requests
    }

notice-code-subject = { $host } ville inte skapa en kod
notice-code-detail = Svaret var: ”{ $detail }”
notice-code-body = Vilken det gäller ser du på belöningarna och länkarna. Åtgärda felet där och försök igen, eller lämna över belöningen själv.
