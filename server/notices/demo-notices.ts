import type { Db } from '../db/connections'
import { findMatter } from '../matters/list-matters'
import type { NoticeVault } from '../vault/notices'
import { rowOf } from './import-notices'
import * as store from './notices.store'
import type { Filling } from './read-list'

export interface DemoNotice {
  id: string
  pin: string
}

const slug = 'coupang-2025-us'

/** Of made-up people. The last PIN is short: it proves membership and fills in nothing. */
const demo: (DemoNotice & { filling: Filling })[] = [
  {
    id: 'JD48213750',
    pin: 'MAPLE274',
    filling: {
      name: 'Evelyn Hartwell',
      email: 'evelyn.hartwell@example.com',
      birth_date: '1984-05-17',
      address: {
        country: 'US',
        line1: '418 Juniper Street',
        line2: 'Apt 6',
        city: 'Brooklyn',
        state: 'NY',
        postcode: '11201',
      },
    },
  },
  {
    id: 'JD48213768',
    pin: 'RIVER905',
    filling: {
      name: '윤가람',
      romanised_name: 'YOON GARAM',
      email: 'garam.yoon@example.com',
      birth_date: '1991-11-02',
    },
  },
  { id: 'JD48213776', pin: '5821', filling: { name: 'Theodore Blank' } },
]

/** What `npm start` prints and the page of the matter shows, in a demonstration. */
export const demoNotices: readonly DemoNotice[] = demo.map(({ id, pin }) => ({ id, pin }))

/**
 * Puts made-up notices into the list of one shipped matter, so that a demonstration can be walked. Takes
 * the worker's login and key; runs any number of times.
 */
export async function loadDemoNotices(deps: { db: Db; notices: NoticeVault }): Promise<void> {
  const matter = await findMatter(deps.db, slug)
  if (!matter?.content.notices) return
  await deps.db.transaction(async (tx) => {
    await store.lockList(tx, matter.id)
    const rows = demo.map((one) => rowOf(deps.notices, matter.id, one))
    const added = await store.insertNotices(tx, matter.id, rows)
    const fresh = rows.filter(({ idIndex }) => added.has(idIndex.toString('hex')))
    await store.growList(tx, matter.id, {
      ids: fresh.length,
      fillable: fresh.filter(({ box }) => box !== null).length,
      demonstration: true,
    })
  })
}

/** Takes them out again, where claims are real: anybody knows their PINs. Harmless to repeat. */
export async function removeDemoNotices(deps: { db: Db; notices: NoticeVault }): Promise<void> {
  const matter = await findMatter(deps.db, slug)
  if (!matter) return
  await deps.db.transaction(async (tx) => {
    if (!(await store.selectList(tx, matter.id))?.demonstration) return
    await store.lockList(tx, matter.id)
    const rows = demo.map((one) => rowOf(deps.notices, matter.id, one))
    await store.shrinkDemonstration(tx, matter.id, rows)
  })
}

/** Those that a page may show: made up, and really in the list of this matter. */
export async function findDemoNotices(db: Db, matterId: string): Promise<readonly DemoNotice[]> {
  return (await store.selectList(db, matterId))?.demonstration ? demoNotices : []
}
