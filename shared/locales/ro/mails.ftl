# Mails to persons. See locales/en.

hello = Bună!
hello-name = Bună, { $name }!
unsubscribe = Dezabonează-te
your-code = Codul tău
your-link = Linkul tău
share-link = Trimite linkul tău
share-again = Trimite din nou linkul tău
visit-shop = Vizitează { $shop }
use-code = Introdu codul la finalizarea comenzii. Poate fi folosit o singură dată.

because-customer = Primești acest e-mail pentru că ai comandat la { $shop }.
because-advocate = Primești acest e-mail pentru că recomanzi { $shop } prietenilor.
because-friend = Primești acest e-mail pentru că ai comandat la { $shop } la recomandarea unui prieten.
because-welcome = Primești acest e-mail pentru că ai cerut de la { $shop } oferta unui prieten.

invite-subject = Recomandă { $shop } și primești { $gift }
invite-subject-give = Oferă-le prietenilor tăi { $gift } la { $shop }
invite-subject-plain = Recomandă { $shop } prietenilor tăi
invite-heading = Cunoști pe cineva căruia i-ar plăcea { $shop }?
invite-body = Iată linkul și codul tău personal. Trimite-le prietenilor: cine comandă cu unul dintre ele primește oferta.

reminder-subject = Linkul tău pentru { $shop } încă te așteaptă
reminder-heading = Linkul tău încă își așteaptă primul prieten
reminder-body = Îl poți trimite în continuare. Dă-le prietenilor linkul sau codul, iar restul se face de la sine.

friend-ordered-subject = Un prieten a comandat la { $shop } prin linkul tău
friend-ordered-heading = Mulțumim! Un prieten a comandat prin linkul tău.
friend-ordered-until = Primești { $gift } pe { $until }, dacă până atunci comanda nu este returnată. Îți vom scrie.
friend-ordered-open = Primești { $gift } imediat ce trece perioada de retur. Îți vom scrie.

ready-subject = Ai câștigat { $gift } la { $shop }
ready-heading-advocate = Un prieten a comandat la recomandarea ta: ai câștigat { $gift }.
ready-heading-friend = Ai comandat la recomandarea unui prieten: ai câștigat { $gift }.
ready-handed-out = Recompensa a fost deja acordată de { $shop }.
ready-by-hand = { $shop } se va ocupa să o primești.
ready-thanks = Îți mulțumim că ne recomanzi.
ready-confirmed-subject = Reducerea ta la { $shop } este confirmată
ready-confirmed-heading = Reducerea ta de { $value } cu codul { $code } este confirmată.

void-subject = Recompensa ta la { $shop } a fost retrasă
void-heading = Din păcate, nu mai primești { $gift }
void-refunded = Comanda pentru care era acordată a fost returnată.
void-cancelled = Comanda pentru care era acordată a fost anulată.
void-not-credited = Comanda pentru care era acordată nu îndeplinește condițiile ofertei.
void-rejected = Am verificat comanda pentru care era acordată și nu o putem lua în calcul.
void-next = Linkul tău funcționează ca înainte, iar următorul prieten contează din nou.

back-subject = Recompensa ta la { $shop } rămâne valabilă
back-heading = Primești totuși { $gift }
back-body = Ți-am scris că a fost retrasă. Nu mai este așa: comanda se ia din nou în calcul.

expiring-subject = Recompensa ta la { $shop } este valabilă până pe { $until }
expiring-heading = Folosește { $gift } până pe { $until }
expiring-body = După această dată, recompensa nu mai este valabilă.

welcome-subject = { $advocate } îți recomandă { $shop }
welcome-subject-plain = Un prieten îți recomandă { $shop }
welcome-heading = { $advocate } are ceva pentru tine
welcome-heading-plain = Prietenul tău are ceva pentru tine
welcome-body = Folosește butonul de mai jos sau introdu codul la finalizarea comenzii.
welcome-button = Cumpără cu oferta
