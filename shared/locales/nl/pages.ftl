# De pagina waar iemand de eigen link deelt. $shop is een naam zoals iemand die schreef; $gift is wat een vriend krijgt.

share-heading = Raad { $shop } aan bij je vrienden
share-body = Stuur je vrienden de link of de code: wie ermee bestelt, krijgt de aanbieding. Je eigen bezoeken tellen niet mee.
share-message = Ik ben blij met { $shop }. Met mijn link krijg je { $gift }: { $link }
share-message-plain = Ik ben blij met { $shop }. Kijk maar eens: { $link }
share-subject = Een tip van mij: { $shop }
share-send = Verstuur met
share-email = E-mail
share-sms = Sms
share-text = Tekst om te kopiëren
