# Siden der den som tipser deler lenken sin. $shop er et navn som noen har skrevet; $gift er det vennen får.

share-heading = Tips vennene dine om { $shop }
share-body = Send lenken eller koden til vennene dine, så får den som handler med en av dem, tilbudet. Dine egne besøk teller ikke.
share-message = Jeg liker { $shop }. Med lenken min får du { $gift }: { $link }
share-message-plain = Jeg liker { $shop }. Ta en titt: { $link }
share-subject = Et tips fra meg: { $shop }
share-send = Send med
share-email = E-post
share-sms = SMS
share-text = Tekst å kopiere
