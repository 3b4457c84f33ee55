import type { Knex } from 'knex'

/**
 * What was signed and confirmed stays as it was, whoever writes: a confirmation is never changed or taken
 * back, and what lost its force gets none again. The public login files a claim's first pack and confirms
 * what waits; that an earlier pack loses its force is the database's own doing.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function keep_signed() returns trigger
      language plpgsql set search_path = public, pg_temp as $$
      begin
        if old.confirmed_at is not null
          and (old.confirmed_at, old.confirmed_how, old.entry_id)
            is distinct from (new.confirmed_at, new.confirmed_how, new.entry_id) then
          raise exception 'the confirmation of a pack is never changed';
        end if;
        if old.superseded_at is not null
          and (new.superseded_at is distinct from old.superseded_at
            or new.confirmed_at is distinct from old.confirmed_at) then
          raise exception 'a pack that lost its force never gets it again';
        end if;
        return new;
      end $$;
    create trigger signed_stays before update on authority_packs
      for each row execute function keep_signed();

    -- A confirmed pack takes the place of what the same person signed for this claim before.
    create function supersede_earlier() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        update authority_packs set superseded_at = new.confirmed_at
          where claim_id = new.claim_id and signer = new.signer and id <> new.id
            and superseded_at is null and signed_at <= new.signed_at;
        return null;
      end $$;
    create trigger takes_place after update of confirmed_at on authority_packs
      for each row when (old.confirmed_at is null and new.confirmed_at is not null)
      execute function supersede_earlier();

    -- Volatile: it sees the claim that the same statement files. What came after the screening nobody checked.
    create function is_being_filed(asked uuid) returns boolean
      language plpgsql volatile security definer set search_path = public, pg_temp as $$
      begin
        return exists (select from claims where id = asked and state = 'unverified' and screened_at is null);
      end $$;

    revoke update (superseded_at) on authority_packs from joinder_public;
    drop policy public_files on authority_packs;
    create policy public_files on authority_packs for insert to joinder_public
      with check (signer = 'claimant' and confirmed_at is null and superseded_at is null
        and not rendered and is_being_filed(claim_id));
    drop policy public_confirms on authority_packs;
    create policy public_confirms on authority_packs for update to joinder_public
      using (signer = 'claimant' and confirmed_at is null and superseded_at is null)
      with check (signer = 'claimant' and confirmed_at is not null and superseded_at is null);
    revoke execute on function keep_signed(), supersede_earlier() from public;

    -- Locked before the packs are read: of two that are confirmed at once, the second sees the first.
    create or replace function settle_authority(asked uuid) returns void
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        own authority_packs;
        theirs authority_packs;
        is_whole boolean;
        waits boolean;
      begin
        perform from claim_authority where claim_id = asked for update;
        if not found then
          return;
        end if;
        select * into own from authority_packs
          where claim_id = asked and signer = 'claimant' and confirmed_at is not null
            and superseded_at is null
          order by signed_at desc, id desc limit 1;
        if own.needs_guardian then
          select * into theirs from authority_packs
            where claim_id = asked and signer = 'guardian' and confirmed_at is not null
              and superseded_at is null and firm_id = own.firm_id and documents = own.documents
            order by signed_at desc, id desc limit 1;
        end if;
        is_whole := own.id is not null and (not own.needs_guardian or theirs.id is not null);
        waits := not is_whole and exists (select from authority_packs
          where claim_id = asked and superseded_at is null);
        update claim_authority set
          key = case when is_whole then own.firm_id || ' ' || own.documents else '' end,
          pack_id = own.id, guardian_pack_id = theirs.id, waiting = waits
        where claim_id = asked;
      end $$;
  `)
}
