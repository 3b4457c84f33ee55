import type { Knex } from 'knex'

/**
 * How claimants see their own claims without an account: a link and a code are mailed, and what they
 * open is sealed to the one browser that proved to have them. The public login writes requests, reads
 * how far its own are, and gets sealed copies for a token's hash and for nothing else; whether an
 * address is known here, and which code is the right one, only the worker can tell.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table claimant_requests (
      id uuid primary key,
      -- 'link': mail me a link; 'open': here is the code, or the mailed token, let me see
      kind text not null check (kind in ('link', 'open')),
      -- SHA-256 of the secret in the browser's cookie; every request has a fresh one, so that a cookie
      -- somebody planted before the proof opens nothing after it
      secret_hash bytea not null unique check (length(secret_hash) = 32),
      -- X25519, derived from the same secret: what the copies are sealed to
      public_key bytea check (length(public_key) = 32),
      -- the request for a link whose mail the code is from
      asked_by uuid references claimant_requests on delete set null,
      -- sealed to the worker: address, code or token; gone once handled
      box bytea,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      handled_at timestamptz,
      -- 'answered' says nothing about whether a mail went out
      outcome text check (outcome in ('answered', 'opened', 'refused')),
      check ((kind = 'open') = (public_key is not null)),
      check ((handled_at is null) = (outcome is null))
    );
    create index claimant_requests_waiting on claimant_requests (created_at) where handled_at is null;
    create index claimant_requests_expiry on claimant_requests (expires_at);
    create index claimant_requests_asked_by on claimant_requests (asked_by) where asked_by is not null;

    -- One mailed link; token and code are derived from its id under a key of the worker.
    create table claimant_links (
      id uuid primary key,
      -- the browser in which the code counts
      request_id uuid not null references claimant_requests,
      -- the person's newest claim: it is the mail's, and leads to all with the same address
      claim_id uuid not null references claims,
      token_hash bytea not null unique check (length(token_hash) = 32),
      created_at timestamptz not null,
      expires_at timestamptz not null,
      -- wrong codes
      attempts integer not null default 0,
      consumed_at timestamptz,
      -- the request that used it, so that a job that died goes on where it was
      consumed_by uuid
    );
    create index claimant_links_request on claimant_links (request_id);
    create index claimant_links_claim on claimant_links (claim_id, created_at);
    create index claimant_links_expiry on claimant_links (expires_at);

    grant insert (id, kind, secret_hash, public_key, asked_by, box, created_at, expires_at)
      on claimant_requests to joinder_public;
    grant select (id, kind, secret_hash, asked_by, created_at, expires_at, handled_at, outcome)
      on claimant_requests to joinder_public;
    grant select, delete on claimant_requests to joinder_worker;
    grant update (box, handled_at, outcome, expires_at) on claimant_requests to joinder_worker;
    grant select (token_hash, expires_at, consumed_at) on claimant_links to joinder_public;
    grant select, insert, delete on claimant_links to joinder_worker;
    grant update (attempts, consumed_at, consumed_by) on claimant_links to joinder_worker;
    -- For an address whose claim waits for its confirmation the worker asks as the person could.
    grant insert on claim_requests to joinder_worker;
    grant select (decided_at) on claims to joinder_public;

    -- The only way in which the public login reads copies: by the hash of what the visitor presents.
    create function copies_of(asked bytea, wanted text)
      returns table (claim_id uuid, box bytea)
      language sql stable security definer set search_path = public, pg_temp as
      $$ select c.claim_id, c.box from claimant_copies c
         where c.token_hash = asked and c.kind = wanted $$;

    -- Signing out: the copies go at once, and the request that opened them.
    create function leave_claims(asked bytea) returns void
      language sql security definer set search_path = public, pg_temp as
      $$ with request as (
           delete from claimant_requests where secret_hash = asked and kind = 'open' returning 1)
         delete from claimant_copies
         where token_hash = asked and exists (select from request) $$;
    revoke execute on function copies_of(bytea, text), leave_claims(bytea) from public;
    grant execute on function copies_of(bytea, text), leave_claims(bytea) to joinder_public;

    -- What a claimant sees of who looked is made anew whenever somebody did, by trigger and so in the
    -- transaction of the act itself: no verb can forget it, and the page is complete within seconds.
    -- Only claims that somebody has open right now cost more than one look into an index.
    create function renew_copies_of(claims uuid[]) returns void
      language sql security definer set search_path = public, pg_temp as
      $$ insert into outbox (job, payload, created_at)
         select 'renew-copies', jsonb_build_object('claimId', open.claim_id), now()
         from (select distinct c.claim_id from claimant_copies c
               where c.claim_id = any(claims) and c.kind = 'looked') open $$;

    create function note_opened() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        perform renew_copies_of(array(select claim_id from added));
        return null;
      end $$;
    create trigger opened after insert on opening_claims
      referencing new table as added for each statement execute function note_opened();

    create function note_changed() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      begin
        perform renew_copies_of(array[new.id]);
        return null;
      end $$;
    create trigger state_to_copies after update of state on claims
      for each row when (old.state <> new.state) execute function note_changed();

    -- Entries of deliveries name a batch and no claim; filings, which name one, are not looked at.
    create function note_delivered() returns trigger
      language plpgsql security definer set search_path = public, pg_temp as $$
      declare
        facts jsonb := new.private::jsonb;
      begin
        if facts ->> 'kind' in ('batch.delivered', 'batch.reissued', 'batch.downloaded') then
          perform renew_copies_of(array(
            select b.claim_id from batch_claims b where b.batch_id = (facts ->> 'batch')::uuid));
        end if;
        return null;
      end $$;
    create trigger delivered after insert on ledger_private
      for each row when (new.claim_id is null) execute function note_delivered();
    create index ledger_private_batch on ledger_private ((private::jsonb ->> 'batch'))
      where claim_id is null;

    revoke execute on function renew_copies_of(uuid[]) from public;
  `)
}
