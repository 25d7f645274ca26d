# Mails to persons. See locales/en.

hello = Hei!
hello-name = Hei, { $name }!
unsubscribe = Meld deg av
your-code = Koden din
your-link = Lenken din
share-link = Del lenken din
share-again = Del lenken din igjen
visit-shop = Besøk { $shop }
use-code = Oppgi koden i kassen. Den kan brukes én gang.

because-customer = Du får denne e-posten fordi du har handlet hos { $shop }.
because-advocate = Du får denne e-posten fordi du tipser venner om { $shop }.
because-friend = Du får denne e-posten fordi du handlet hos { $shop } etter tips fra en venn.
because-welcome = Du får denne e-posten fordi du ba { $shop } om tilbudet fra en venn.

invite-subject = Tips om { $shop } og få { $gift }
invite-subject-give = Gi vennene dine { $gift } hos { $shop }
invite-subject-plain = Tips vennene dine om { $shop }
invite-heading = Kjenner du noen som ville likt { $shop }?
invite-body = Her er din egen lenke og din egen kode. Send dem til vennene dine, så får den som handler med en av dem, tilbudet.

reminder-subject = Lenken din til { $shop } venter fortsatt
reminder-heading = Lenken din venter fortsatt på sin første venn
reminder-body = Du kan fortsatt dele den. Send lenken eller koden til vennene dine, så ordner vi resten.

friend-ordered-subject = En venn har handlet hos { $shop } via lenken din
friend-ordered-heading = Takk! En venn har handlet via lenken din.
friend-ordered-until = Du får { $gift } den { $until }, så lenge kjøpet ikke returneres før det. Vi gir deg beskjed.
friend-ordered-open = Du får { $gift } så snart returfristen er ute. Vi gir deg beskjed.

ready-subject = Du har fått { $gift } hos { $shop }
ready-heading-advocate = En venn handlet på tipset ditt: Du har fått { $gift }.
ready-heading-friend = Du handlet etter tips fra en venn: Du har fått { $gift }.
ready-handed-out = Du har allerede fått det av { $shop }.
ready-by-hand = { $shop } sørger for at du får det.
ready-thanks = Takk for at du tipser om oss.
ready-confirmed-subject = Rabatten din hos { $shop } er bekreftet
ready-confirmed-heading = Rabatten din på { $value } med koden { $code } er bekreftet.

void-subject = Belønningen din hos { $shop } er trukket tilbake
void-heading = Du får dessverre ikke { $gift } denne gangen
void-refunded = Kjøpet den gjaldt, er returnert.
void-cancelled = Bestillingen den gjaldt, er kansellert.
void-not-credited = Bestillingen den gjaldt, oppfyller ikke vilkårene for tilbudet.
void-rejected = Vi har sett på bestillingen den gjaldt, og kan ikke regne den med.
void-next = Lenken din virker som før, og neste venn teller igjen.

back-subject = Belønningen din hos { $shop } gjelder likevel
back-heading = Du får { $gift } likevel
back-body = Vi skrev til deg at den var trukket tilbake. Det gjelder ikke lenger: Bestillingen teller igjen.

expiring-subject = Belønningen din hos { $shop } gjelder til og med { $until }
expiring-heading = Bruk { $gift } senest { $until }
expiring-body = Etter det gjelder den ikke lenger.

welcome-subject = { $advocate } tipser deg om { $shop }
welcome-subject-plain = En venn tipser deg om { $shop }
welcome-heading = { $advocate } har noe til deg
welcome-heading-plain = Vennen din har noe til deg
welcome-body = Bruk knappen nedenfor, eller oppgi koden i kassen.
welcome-button = Handle med tilbudet
