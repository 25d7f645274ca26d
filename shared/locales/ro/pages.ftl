# Pagina pe care cineva își trimite linkul mai departe. $shop este un nume scris de cineva; $gift este ce primește prietenul.

share-heading = Recomandă { $shop } prietenilor tăi
share-body = Trimite prietenilor linkul sau codul: cine comandă cu unul dintre ele primește oferta. Vizitele tale nu se numără.
share-message = Îmi place { $shop }. Cu linkul meu primești { $gift }: { $link }
share-message-plain = Îmi place { $shop }. Aruncă o privire: { $link }
share-subject = O recomandare de la mine: { $shop }
share-send = Trimite prin
share-email = E-mail
share-sms = SMS
share-text = Text de copiat
