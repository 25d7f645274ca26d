# La pagina dove si condivide il proprio link. $shop è un nome come l’ha scritto qualcuno; $gift è ciò che riceve l’amico.

share-heading = Consiglia { $shop } ai tuoi amici
share-body = Manda ai tuoi amici il link o il codice: chi ordina con uno dei due riceve l’offerta. Le tue visite non contano.
share-message = Mi piace { $shop }. Con il mio link ricevi { $gift }: { $link }
share-message-plain = Mi piace { $shop }. Dai un’occhiata: { $link }
share-subject = Un consiglio da parte mia: { $shop }
share-send = Invia con
share-email = E-mail
share-sms = SMS
share-text = Testo da copiare
