# Mails to persons. $shop, $name and $advocate are names as people wrote them.

hello = Hello,
hello-name = Hello { $name },
unsubscribe = Unsubscribe
your-code = Your code
your-link = Your link
share-link = Share your link
share-again = Share your link again
visit-shop = Visit { $shop }
use-code = Enter the code at the checkout. It works once.

because-customer = You get this mail because you ordered at { $shop }.
because-advocate = You get this mail because you refer friends to { $shop }.
because-friend = You get this mail because you ordered at { $shop } on a friend's recommendation.
because-welcome = You get this mail because you asked { $shop } for a friend's offer.

invite-subject = Recommend { $shop } and get { $gift }
invite-subject-give = Give your friends { $gift } at { $shop }
invite-subject-plain = Recommend { $shop } to your friends
invite-heading = Do you know somebody who would like { $shop }?
invite-body = Here are a link and a code of your own. Send them to your friends: whoever orders with one of them gets the offer.

reminder-subject = Your link for { $shop } is still waiting
reminder-heading = Your link is still waiting for its first friend
reminder-body = There is still time to share it. Send your friends the link or the code; the rest happens by itself.

friend-ordered-subject = A friend ordered at { $shop } with your link
friend-ordered-heading = Thank you! A friend ordered with your link.
friend-ordered-until = You get { $gift } on { $until }, unless the order is returned before then. We will write to you.
friend-ordered-open = You get { $gift } as soon as the time for returns is over. We will write to you.

ready-subject = You earned { $gift } at { $shop }
ready-heading-advocate = A friend you referred ordered: you earned { $gift }.
ready-heading-friend = You ordered on a friend's recommendation: you earned { $gift }.
ready-handed-out = { $shop } has handed it out to you.
ready-by-hand = { $shop } will hand it out to you.
ready-thanks = Thank you for recommending us.
ready-confirmed-subject = Your discount at { $shop } is confirmed
ready-confirmed-heading = Your discount of { $value } with the code { $code } is confirmed.

void-subject = Your reward at { $shop } was withdrawn
void-heading = Unfortunately you do not get { $gift } after all
void-refunded = The order that it was for was returned.
void-cancelled = The order that it was for was cancelled.
void-not-credited = The order that it was for does not meet the conditions of the offer.
void-rejected = We have looked at the order that it was for, and could not count it.
void-next = Your link works as before, and the next friend counts again.

back-subject = Your reward at { $shop } counts after all
back-heading = You get { $gift } after all
back-body = We wrote to you that it was withdrawn. That no longer holds: the order counts again.

expiring-subject = Your reward at { $shop } can be used until { $until }
expiring-heading = Use { $gift } by { $until }
expiring-body = After that it is gone.

welcome-subject = { $advocate } recommends { $shop } to you
welcome-subject-plain = A friend recommends { $shop } to you
welcome-heading = { $advocate } has something for you
welcome-heading-plain = Your friend has something for you
welcome-body = Use the button below, or enter the code at the checkout.
welcome-button = Shop with the offer
