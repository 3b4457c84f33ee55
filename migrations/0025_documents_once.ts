import type { Knex } from 'knex'

/** A document is destroyed once and in its destroyer's own name, and what it was there for is missing again. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A document is destroyed once, by whoever says so.
    drop policy staff_destroys on evidence;
    create policy staff_destroys on evidence for update to joinder_staff
      using (actor_role() in ('administrator', 'moderator') and state <> 'destroyed')
      with check (state = 'destroyed' and destroyed_by = actor_id());

    -- The document that met a need is gone, and no other of its kind is left: it is missing again.
    create function reopen_need() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        if exists (select from claims where id = new.claim_id
            and state in ('unverified', 'verified', 'in_review', 'deficient', 'accepted'))
          and not exists (select from evidence
            where claim_id = new.claim_id and kind = new.kind and state = 'received')
          and not exists (select from needs
            where claim_id = new.claim_id and kind = 'document' and ref = new.kind
              and met_at is null and cancelled_at is null) then
          update needs set met_at = null where id = (select id from needs
            where claim_id = new.claim_id and kind = 'document' and ref = new.kind
              and met_at is not null
            order by met_at desc, id desc limit 1);
        end if;
        return null;
      end $$;
    create trigger destroyed_to_needs after update of state on evidence
      for each row when (old.state = 'received' and new.state = 'destroyed'
        and new.reason <> 'claim_ended')
      execute function reopen_need();
    revoke execute on function reopen_need() from public;
  `)
}
