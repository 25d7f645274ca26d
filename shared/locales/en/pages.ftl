# The advocate's share page. $shop is a name as people wrote it; $gift is what a friend gets.

share-heading = Share { $shop } with your friends
share-body = Send your link or your code to your friends: whoever orders with one of them gets the offer. Your own visits don't count.
share-message = I like { $shop }. With my link you get { $gift }: { $link }
share-message-plain = I like { $shop }. Have a look: { $link }
share-subject = A tip from me: { $shop }
share-send = Send it by
share-email = E-mail
share-sms = Text message
share-text = A text to copy
