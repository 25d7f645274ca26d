# Mails to persons. See locales/en.

hello = Hej!
hello-name = Hej { $name }!
unsubscribe = Avsluta utskicken
your-code = Din kod
your-link = Din länk
share-link = Dela din länk
share-again = Dela din länk igen
visit-shop = Besök { $shop }
use-code = Ange koden i kassan. Den gäller en gång.

because-customer = Du får det här mejlet för att du har handlat hos { $shop }.
because-advocate = Du får det här mejlet för att du tipsar vänner om { $shop }.
because-friend = Du får det här mejlet för att du handlade hos { $shop } efter tips från en vän.
because-welcome = Du får det här mejlet för att du bad { $shop } om en väns erbjudande.

invite-subject = Tipsa om { $shop } och få { $gift }
invite-subject-give = Ge dina vänner { $gift } hos { $shop }
invite-subject-plain = Tipsa dina vänner om { $shop }
invite-heading = Känner du någon som skulle gilla { $shop }?
invite-body = Här är din egen länk och din egen kod. Skicka dem till dina vänner, så får den som handlar med någon av dem erbjudandet.

reminder-subject = Din länk till { $shop } väntar fortfarande
reminder-heading = Din länk väntar fortfarande på sin första vän
reminder-body = Du kan fortfarande dela den. Skicka länken eller koden till dina vänner, så sköter vi resten.

friend-ordered-subject = En vän har handlat hos { $shop } via din länk
friend-ordered-heading = Tack! En vän har handlat via din länk.
friend-ordered-until = Du får { $gift } den { $until }, om köpet inte lämnas tillbaka innan dess. Vi hör av oss.
friend-ordered-open = Du får { $gift } så snart returtiden har gått ut. Vi hör av oss.

ready-subject = Du har fått { $gift } hos { $shop }
ready-heading-advocate = En vän handlade på ditt tips: du har fått { $gift }.
ready-heading-friend = Du handlade efter tips från en vän: du har fått { $gift }.
ready-handed-out = Du har redan fått det av { $shop }.
ready-by-hand = { $shop } ser till att du får det.
ready-thanks = Tack för att du tipsar om oss.
ready-confirmed-subject = Din rabatt hos { $shop } är bekräftad
ready-confirmed-heading = Din rabatt på { $value } med koden { $code } är bekräftad.

void-subject = Din belöning hos { $shop } har dragits tillbaka
void-heading = Tyvärr får du inte { $gift } den här gången
void-refunded = Köpet som den gällde har lämnats tillbaka.
void-cancelled = Beställningen som den gällde har avbokats.
void-not-credited = Beställningen som den gällde uppfyller inte villkoren för erbjudandet.
void-rejected = Vi har granskat beställningen som den gällde och kan inte räkna den.
void-next = Din länk fungerar som förut, och nästa vän räknas igen.

back-subject = Din belöning hos { $shop } gäller ändå
back-heading = Du får { $gift } ändå
back-body = Vi skrev till dig att den hade dragits tillbaka. Det gäller inte längre: köpet räknas igen.

expiring-subject = Din belöning hos { $shop } gäller till och med { $until }
expiring-heading = Använd { $gift } senast den { $until }
expiring-body = Efter det gäller den inte längre.

welcome-subject = { $advocate } tipsar dig om { $shop }
welcome-subject-plain = En vän tipsar dig om { $shop }
welcome-heading = { $advocate } har något till dig
welcome-heading-plain = Din vän har något till dig
welcome-body = Använd knappen nedan, eller ange koden i kassan.
welcome-button = Handla med erbjudandet
