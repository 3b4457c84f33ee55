import { connect, type Db } from '../../server/db/connections'
import { newId } from '../../server/kernel/ids'
import { systemClock } from '../../server/kernel/clock'
import { limits } from '../../server/limits'
import { findMatter } from '../../server/matters/list-matters'
import type { Matter } from '../../server/matters/matter-file'
import { csvLines } from '../../server/batches/format-csv'
import { exportLeak, listLeak } from '../../server/oversight/list-leak'
import { loginUrls, startTestCluster, templateName } from '../support/cluster'
import { benchMatter } from './load'
import { round, type BenchResult } from './report'

const claims = 1_000_000

/**
 * The leak-notice list of a million claims: listed and counted, then read as CSV, as the staff process does both,
 * against COPY of the same columns by the database alone. The promise is a minute for the two together.
 */
export async function benchLeak(): Promise<BenchResult> {
  const cluster = await startTestCluster({})
  const superuser = connect(cluster.postgres.superuserUrl(templateName), {
    poolMax: 2,
    applicationName: 'bench',
  })
  const staff = connect(loginUrls(cluster.postgres.port, templateName).staff, {
    poolMax: 4,
    applicationName: 'bench-staff',
  })
  try {
    const matter = await findMatter(superuser, benchMatter)
    if (!matter) throw new Error(`${benchMatter} is not loaded`)
    const by = await seedClaims(superuser, matter)
    const deps = { db: staff, clock: systemClock, config: { limits } }

    const listed = performance.now()
    const id = await listLeak(deps, by, { what: 'everything', whom: null })
    const listSeconds = (performance.now() - listed) / 1000

    const read = performance.now()
    let rows = 0
    let bytes = 0
    for await (const piece of exportLeak(deps, by, id)) {
      rows += piece.length
      bytes += csvLines(
        piece.map((row) => [row.number, matter.slug, String(row.items), row.language, row.state]),
      ).length
    }
    const csvSeconds = (performance.now() - read) / 1000
    if (rows !== claims) throw new Error(`${rows} rows of ${claims}`)

    const copy = performance.now()
    await superuser.raw(
      `copy (select c.number, c.matter_id, l.items, c.language, c.state from leak_claims l
             join claims c on c.id = l.claim_id where l.leak_id = '${id}' order by l.claim_id)
       to program 'cat > /dev/null' with (format csv)`,
    )
    const copySeconds = (performance.now() - copy) / 1000
    const perSecond = (seconds: number) => Math.round(claims / seconds)
    return {
      title: `Leak-notice list of ${claims} claims (${Math.round(bytes / 1e6)} MB of CSV)`,
      rows: [
        { name: 'claims listed and counted', perSecond: perSecond(listSeconds) },
        { name: 'rows of CSV', perSecond: perSecond(csvSeconds) },
        { name: 'the same by COPY', perSecond: perSecond(copySeconds) },
      ],
      figures: { listSeconds: round(listSeconds), csvSeconds: round(csvSeconds) },
      ratios: { toLimit: round(copySeconds / (listSeconds + csvSeconds), 3) },
    }
  } finally {
    await Promise.all([superuser.destroy(), staff.destroy()])
    await cluster.stop()
  }
}

/** Claims without what is sealed, which nobody reads for a list; a tenth has documents. @returns an administrator */
async function seedClaims(db: Db, matter: Matter): Promise<string> {
  const person = newId()
  await db('people').insert({
    id: person,
    email: `${person}@example.com`,
    name: '한서연',
    role: 'administrator',
    language: 'ko',
    state: 'active',
    created_at: new Date(),
  })
  await db.transaction(async (tx) => {
    // Keys and counters are not what is measured here.
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(
      `insert into claims (id, number, matter_id, firm_id, form_version, language, state, submission, filed_at, verified_at)
       select cast(lpad(to_hex(n), 8, '0') || substr(md5(n::text), 9) as uuid), upper(lpad(to_hex(n), 12, '0')),
         ?, ?, ?, case n % 20 when 0 then 'en' else 'ko' end, 'verified',
         sha256(convert_to(n::text, 'UTF8')), now() - interval '1 day', now()
       from generate_series(1, ?) n`,
      [matter.id, matter.firm.id, matter.form.version, claims],
    )
    await tx.raw(
      `insert into evidence (id, claim_id, state, kind, type, bytes, about, created_at, received_at)
       select gen_random_uuid(), id, 'received', 'notice', 'pdf', 1000, 'x', now() - interval '1 day', now()
       from claims where number like '%0'`,
    )
  })
  await db.raw('analyze')
  return person
}
