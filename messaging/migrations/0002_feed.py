"""The outbox of the live feed, whose positions follow the order of commits; the trail over messages."""

from django.db import migrations

from audit.triggers import Track

# Positions are given in a deferred trigger, after all else of the transaction and under one lock that the commit
# releases: whoever sees position N sees every position before it. NOTIFY takes a lock of that reach anyway.
FEED = """
create sequence messaging_position;
grant usage on sequence messaging_position to edc_app;

create function live_publish(kind text, entity_type text, entity_id uuid, topics text[], actor uuid,
    trial uuid, site uuid, patient uuid) returns void language sql volatile as $$
    insert into messaging_notification
        (id, kind, entity_type, entity_id, topics, actor_id, trial_id, site_id, patient_id, created_at)
    values (edc_uuid7(), kind, entity_type, entity_id, topics, actor, trial, site, patient, clock_timestamp())
$$;

create function messaging_give_position() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
    given bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended('messaging_position', 0));
    given := nextval('messaging_position');
    update messaging_notification set position = given where id = new.id;
    perform pg_notify('edc_live', json_build_object('position', given, 'kind', new.kind, 'entity', new.entity_type,
        'id', new.entity_id, 'by', new.actor_id, 'trial', new.trial_id, 'site', new.site_id,
        'patient', new.patient_id, 'topics', new.topics)::text);
    return null;
end $$;
create constraint trigger give_position after insert on messaging_notification
    deferrable initially deferred for each row execute function messaging_give_position();
revoke update on messaging_notification from edc_app;

create index messaging_notification_topics on messaging_notification using gin (topics);

alter table messaging_message add constraint message_place_is_its_conversations
    foreign key (conversation_id, trial_id, site_id) references messaging_conversation (id, trial_id, site_id)
    on update cascade;
alter table messaging_conversation add constraint conversation_place_is_the_subjects
    foreign key (subject_id, patient_id, trial_id, site_id)
    references patients_subject (id, patient_id, trial_id, site_id) on update cascade;

create function messaging_keep_message() returns trigger language plpgsql as $$
begin
    if new.body is distinct from old.body or new.sender_id is distinct from old.sender_id
        or new.sent_at is distinct from old.sent_at then
        raise exception 'A message is never edited.' using errcode = 'ED003';
    end if;
    return new;
end $$;
create trigger keep_message before update on messaging_message
    for each row execute function messaging_keep_message();
"""

DROP_FEED = """
drop trigger keep_message on messaging_message;
drop function messaging_keep_message();
alter table messaging_conversation drop constraint conversation_place_is_the_subjects;
alter table messaging_message drop constraint message_place_is_its_conversations;
drop index messaging_notification_topics;
drop trigger give_position on messaging_notification;
drop function messaging_give_position();
drop function live_publish(text, text, uuid, text[], uuid, uuid, uuid, uuid);
drop sequence messaging_position;
"""

MESSAGE = "(select m.{} from messaging_message m where m.id = new.message_id)"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("patients", "0002_integrity")]

    operations = [
        migrations.RunSQL(FEED, DROP_FEED),
        Track("Conversation", quiet=["last_message_at"]),
        # The text stays out of the log: it is in the message itself, which nobody can change.
        Track("Message", quiet=["body"]),
        Track("Receipt", scope={column: MESSAGE.format(column) for column in ("trial_id", "site_id", "patient_id")}),
    ]
