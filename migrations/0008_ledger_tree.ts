import type { Knex } from 'knex'

/** Written once and never changed, by nobody. */
const final = ['ledger_leaves', 'ledger_checkpoints', 'ledger_origins']
/** Changed only in the way their own triggers allow. */
const growing = ['ledger_tiles', 'ledger_head', 'ledger_counts']

/**
 * The tree over the ledger's entries, as it is published (RFC 6962, C2SP tlog-tiles and checkpoints).
 * The sequencer alone writes here, in one transaction a round; filing never touches these tables. All
 * of it is public, so the public login may read it, and nobody may shrink it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- How far the tree is. One row, locked by whoever places entries and by nobody else.
    create table ledger_head (
      one boolean primary key default true check (one),
      size bigint not null,
      -- roots of the complete subtrees that make up the tree, largest first, 32 bytes each
      peaks bytea not null
    );
    insert into ledger_head (size, peaks) values (0, '');

    create table ledger_leaves (
      index bigint primary key check (index >= 0),
      entry_id uuid not null unique references ledger_entries,
      leaf_hash bytea not null check (length(leaf_hash) = 32)
    );

    -- Up to 256 hashes of the tree at height 8 x level. A tile only ever grows.
    create table ledger_tiles (
      level smallint not null check (level between 0 and 7),
      index bigint not null check (index >= 0),
      hashes bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
      primary key (level, index)
    );
    -- Hashes do not compress.
    alter table ledger_tiles alter column hashes set storage external;

    -- The names this log has had (first line of its checkpoints) and the key that signs under each. A
    -- further one is opened only after a restore that lost entries, or for another key or name.
    create table ledger_origins (
      id integer primary key check (id > 0),
      origin text collate "C" not null unique,
      -- Ed25519
      public_key bytea not null check (length(public_key) = 32),
      opened_at timestamptz not null,
      -- size of the tree that it took over
      from_size bigint not null,
      -- the last checkpoint under the name before, as the file outside the database holds it
      previous text
    );

    create table ledger_checkpoints (
      origin_id integer not null references ledger_origins,
      size bigint not null,
      -- the signed note, as published
      note text not null,
      signed_at timestamptz not null,
      primary key (origin_id, size)
    );

    -- Entries of the kinds that the public part names, by day in Korea: counted while they are placed,
    -- so that no page has to.
    create table ledger_counts (
      type text collate "C" not null,
      -- slug, or empty where the entry names none
      matter text collate "C" not null,
      day date not null,
      count bigint not null check (count > 0),
      primary key (type, matter, day)
    );

    create function refuse_all_but_growth() returns trigger language plpgsql as $$
      declare
        grows boolean;
      begin
        -- One branch a table, because a branch that names another table's columns cannot be evaluated.
        if tg_table_name = 'ledger_tiles' then
          grows := (new.level, new.index) = (old.level, old.index)
            and substring(new.hashes from 1 for length(old.hashes)) = old.hashes;
        elsif tg_table_name = 'ledger_head' then
          grows := new.size >= old.size;
        else
          grows := (new.type, new.matter, new.day) = (old.type, old.matter, old.day)
            and new.count >= old.count;
        end if;
        if not grows then
          raise exception '% only grows', tg_table_name using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$;

    ${final
      .map(
        (table) => `
    create trigger append_only before update or delete on ${table}
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on ${table}
      for each statement execute function refuse_change();`,
      )
      .join('')}
    ${growing
      .map(
        (table) => `
    create trigger grows_only before update on ${table}
      for each row execute function refuse_all_but_growth();
    create trigger append_only before delete on ${table}
      for each row execute function refuse_change();
    create trigger append_only_table before truncate on ${table}
      for each statement execute function refuse_change();`,
      )
      .join('')}

    grant select on ledger_head, ledger_leaves, ledger_tiles, ledger_origins, ledger_checkpoints,
      ledger_counts to joinder_public, joinder_worker;
    grant insert on ledger_leaves, ledger_tiles, ledger_origins, ledger_checkpoints, ledger_counts
      to joinder_worker;
    grant update (size, peaks) on ledger_head to joinder_worker;
    grant update (hashes) on ledger_tiles to joinder_worker;
    grant update (count) on ledger_counts to joinder_worker;
  `)
}
