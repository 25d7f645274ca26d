# Sidan där den som tipsar delar sin länk. $shop är ett namn som någon har skrivit; $gift är vad vännen får.

share-heading = Tipsa dina vänner om { $shop }
share-body = Skicka länken eller koden till dina vänner, så får den som handlar med någon av dem erbjudandet. Dina egna besök räknas inte.
share-message = Jag gillar { $shop }. Med min länk får du { $gift }: { $link }
share-message-plain = Jag gillar { $shop }. Ta en titt: { $link }
share-subject = Ett tips från mig: { $shop }
share-send = Skicka med
share-email = Mejl
share-sms = Sms
share-text = Text att kopiera
