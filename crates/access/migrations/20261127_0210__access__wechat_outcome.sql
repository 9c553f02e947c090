-- What became of the last reminder. It is written 'sending' and its consent taken before it goes out, so that it is sent at most
-- once; where the program or the platform's answer was lost it is 'unknown'. Whoever was not tried longest comes first.
alter table app.user_account
    add column wx_outcome  text check (wx_outcome in ('sending', 'delivered', 'unknown', 'not_wanted', 'not_sent')),
    add column wx_tried_at timestamptz;
