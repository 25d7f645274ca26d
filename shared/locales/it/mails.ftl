# Mails to persons. See locales/en. Before the 8th and the 11th the article is another one.

il-until =
    { $day ->
        [8] l’{ $until }
        [11] l’{ $until }
       *[other] il { $until }
    }
all-until =
    { $day ->
        [8] all’{ $until }
        [11] all’{ $until }
       *[other] al { $until }
    }

hello = Ciao,
hello-name = Ciao { $name },
unsubscribe = Annulla l’iscrizione
your-code = Il tuo codice
your-link = Il tuo link
share-link = Condividi il tuo link
share-again = Condividi di nuovo il tuo link
visit-shop = Visita { $shop }
use-code = Inserisci il codice alla cassa. Vale una sola volta.

because-customer = Ricevi questa e-mail perché hai ordinato da { $shop }.
because-advocate = Ricevi questa e-mail perché consigli { $shop } ai tuoi amici.
because-friend = Ricevi questa e-mail perché hai ordinato da { $shop } su consiglio di un amico.
because-welcome = Ricevi questa e-mail perché hai chiesto a { $shop } l’offerta di un amico.

invite-subject = Consiglia { $shop } e ricevi { $gift }
invite-subject-give = Regala ai tuoi amici { $gift } da { $shop }
invite-subject-plain = Consiglia { $shop } ai tuoi amici
invite-heading = Conosci qualcuno a cui piacerebbe { $shop }?
invite-body = Ecco il link e il codice solo tuoi. Mandali ai tuoi amici: chi ordina con uno dei due riceve l’offerta.

reminder-subject = Il tuo link per { $shop } ti aspetta ancora
reminder-heading = Il tuo link aspetta ancora il primo amico
reminder-body = Puoi ancora condividerlo. Manda ai tuoi amici il link o il codice: al resto pensiamo noi.

friend-ordered-subject = Un amico ha ordinato da { $shop } con il tuo link
friend-ordered-heading = Grazie! Un amico ha ordinato con il tuo link.
friend-ordered-until = Ricevi { $gift } { il-until }, se prima di allora l’ordine non viene restituito. Ti scriveremo noi.
friend-ordered-open = Ricevi { $gift } appena scade il periodo per i resi. Ti scriveremo noi.

ready-subject = Hai ottenuto { $gift } da { $shop }
ready-heading-advocate = Un amico ha ordinato su tuo consiglio: hai ottenuto { $gift }.
ready-heading-friend = Hai ordinato su consiglio di un amico: hai ottenuto { $gift }.
ready-handed-out = Hai già ricevuto il premio da { $shop }.
ready-by-hand = { $shop } ti farà avere il premio.
ready-thanks = Grazie per averci consigliato.
ready-confirmed-subject = Il tuo sconto da { $shop } è confermato
ready-confirmed-heading = Il tuo sconto di { $value } con il codice { $code } è confermato.

void-subject = Il tuo premio da { $shop } è stato ritirato
void-heading = Purtroppo questa volta non ricevi { $gift }
void-refunded = L’ordine per cui era previsto è stato restituito.
void-cancelled = L’ordine per cui era previsto è stato annullato.
void-not-credited = L’ordine per cui era previsto non rispetta le condizioni dell’offerta.
void-rejected = Abbiamo controllato l’ordine per cui era previsto e non possiamo contarlo.
void-next = Il tuo link funziona come prima, e il prossimo amico conta di nuovo.

back-subject = Il tuo premio da { $shop } è di nuovo valido
back-heading = Alla fine ricevi { $gift }
back-body = Ti avevamo scritto che era stato ritirato. Non è più così: l’ordine conta di nuovo.

expiring-subject = Il tuo premio da { $shop } vale fino { all-until }
expiring-heading = Usa { $gift } entro { il-until }
expiring-body = Dopo questa data il premio non sarà più valido.

welcome-subject = { $advocate } ti consiglia { $shop }
welcome-subject-plain = Un amico ti consiglia { $shop }
welcome-heading = { $advocate } ha qualcosa per te
welcome-heading-plain = Il tuo amico ha qualcosa per te
welcome-body = Usa il pulsante qui sotto oppure inserisci il codice alla cassa.
welcome-button = Acquista con l’offerta
