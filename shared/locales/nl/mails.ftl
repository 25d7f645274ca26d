# Mails to persons. See locales/en.

hello = Hallo,
hello-name = Hoi { $name },
unsubscribe = Afmelden
your-code = Je code
your-link = Je link
share-link = Deel je link
share-again = Deel je link opnieuw
visit-shop = Ga naar { $shop }
use-code = Vul de code in bij het afrekenen. Je kunt hem één keer gebruiken.

because-customer = Je krijgt deze mail omdat je bij { $shop } hebt besteld.
because-advocate = Je krijgt deze mail omdat je { $shop } aan vrienden aanraadt.
because-friend = Je krijgt deze mail omdat je op aanraden van een vriend bij { $shop } hebt besteld.
because-welcome = Je krijgt deze mail omdat je { $shop } om de aanbieding van een vriend hebt gevraagd.

invite-subject = Raad { $shop } aan en krijg { $gift }
invite-subject-give = Geef je vrienden { $gift } bij { $shop }
invite-subject-plain = Raad { $shop } aan bij je vrienden
invite-heading = Ken je iemand die { $shop } leuk zou vinden?
invite-body = Dit zijn je eigen link en je eigen code. Stuur ze naar je vrienden: wie ermee bestelt, krijgt de aanbieding.

reminder-subject = Je link voor { $shop } ligt nog op je te wachten
reminder-heading = Je link wacht nog op je eerste vriend
reminder-body = Je kunt hem nog steeds delen. Stuur je vrienden de link of de code, de rest gaat vanzelf.

friend-ordered-subject = Een vriend heeft via jouw link bij { $shop } besteld
friend-ordered-heading = Bedankt! Een vriend heeft via jouw link besteld.
friend-ordered-until = Je krijgt { $gift } op { $until }, tenzij de bestelling voor die tijd wordt teruggestuurd. We laten het je weten.
friend-ordered-open = Je krijgt { $gift } zodra de retourtermijn voorbij is. We laten het je weten.

ready-subject = Je hebt { $gift } verdiend bij { $shop }
ready-heading-advocate = Een vriend heeft op jouw aanraden besteld: je hebt { $gift } verdiend.
ready-heading-friend = Je hebt op aanraden van een vriend besteld: je hebt { $gift } verdiend.
ready-handed-out = Je hebt het al van { $shop } gekregen.
ready-by-hand = { $shop } zorgt ervoor dat je het krijgt.
ready-thanks = Bedankt dat je ons aanraadt.
ready-confirmed-subject = Je korting bij { $shop } is bevestigd
ready-confirmed-heading = Je korting van { $value } met de code { $code } is bevestigd.

void-subject = Je beloning bij { $shop } is ingetrokken
void-heading = Helaas krijg je { $gift } toch niet
void-refunded = De bestelling waar het om ging, is teruggestuurd.
void-cancelled = De bestelling waar het om ging, is geannuleerd.
void-not-credited = De bestelling waar het om ging, voldoet niet aan de voorwaarden van de actie.
void-rejected = We hebben de bestelling waar het om ging bekeken en kunnen die niet meetellen.
void-next = Je link werkt nog gewoon, en de volgende vriend telt weer mee.

back-subject = Je beloning bij { $shop } geldt toch
back-heading = Je krijgt { $gift } toch
back-body = We schreven je dat die was ingetrokken. Dat klopt niet meer: de bestelling telt weer mee.

expiring-subject = Je beloning bij { $shop } is geldig tot en met { $until }
expiring-heading = Gebruik { $gift } uiterlijk op { $until }
expiring-body = Daarna is je beloning niet meer geldig.

welcome-subject = { $advocate } raadt je { $shop } aan
welcome-subject-plain = Een vriend raadt je { $shop } aan
welcome-heading = { $advocate } heeft iets voor je
welcome-heading-plain = Je vriend heeft iets voor je
welcome-body = Gebruik de knop hieronder of vul de code in bij het afrekenen.
welcome-button = Shop met de aanbieding
