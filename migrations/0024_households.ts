import type { Knex } from 'knex'

/**
 * Households: claims that one person filed for those they live with, and for whom they inherit of. Whoever asks
 * later why so many claims share an address and a phone finds it here. Ids only: who is related to whom, and how,
 * is sealed with each claim. Written in the one statement that files a claim.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table households (
      id uuid primary key,
      -- the claim by which it began; its person sees the numbers of the others
      founder_claim_id uuid not null unique references claims,
      created_at timestamptz not null
    );

    create table household_claims (
      claim_id uuid primary key references claims,
      household_id uuid not null references households,
      role text collate "C" not null check (role in ('founder', 'self', 'member', 'heir')),
      -- how a member came to it: a link to a mailbox of their own, or the device of whoever began it
      how text collate "C" check (how in ('link', 'device')),
      joined_at timestamptz not null,
      check ((role in ('member', 'heir')) = (how is not null))
    );
    create index household_claims_household on household_claims (household_id, joined_at, claim_id);

    -- Volatile: it sees what the same statement writes. A claim joins while it is filed, or is the one by which the
    -- household began: none is put into another one later.
    create function may_join_household(asked uuid, household uuid, as_what text) returns boolean
      language plpgsql volatile security definer set search_path = public, pg_temp as $$
      begin
        if as_what = 'founder' then
          return exists (select from households where id = household and founder_claim_id = asked);
        end if;
        return exists (select from claims where id = asked and state = 'unverified' and screened_at is null);
      end $$;

    alter table household_claims enable row level security;
    grant insert, select on households, household_claims to joinder_public;
    create policy public_reads on household_claims for select to joinder_public using (true);
    create policy public_joins on household_claims for insert to joinder_public
      with check (may_join_household(claim_id, household_id, role));

    grant select on households, household_claims to joinder_staff, joinder_worker;
    -- As the claims themselves: counsel sees those of their matters.
    create policy staff_reads on household_claims for select to joinder_staff
      using (exists (select from claims c where c.id = claim_id));
    create policy worker_reads on household_claims for select to joinder_worker using (true);

    -- The mail to a mailbox for which somebody of the household filled a form in: like the one that continues a form.
    alter table mails drop constraint mails_check;
    alter table mails add constraint mails_check check (
      case when template in ('continue-filing', 'member-form')
        then num_nonnulls(claim_id, person_id) = 0 and subject_id is not null
        else num_nonnulls(claim_id, person_id) = 1 end);
    create policy households_public_queues on mails for insert to joinder_public
      with check (state = 'queued' and template = 'member-form');

    -- What heirs show.
    alter table evidence drop constraint evidence_kind_check;
    alter table evidence add constraint evidence_kind_check
      check (kind in ('notice', 'account', 'order', 'damage', 'family', 'death', 'other'));
  `)
}
