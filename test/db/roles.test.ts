import { Client } from 'pg'
import { setUpRoles } from '../../server/db/roles'
import { limits } from '../../server/limits'
import { startTestCluster, testPassword, type TestCluster } from '../support/cluster'
import { rm } from 'node:fs/promises'

// A cluster of its own: logins belong to the whole cluster, and these change their passwords.
let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(async () => {
  await cluster.postgres.stop()
  await rm(cluster.folder, { recursive: true, force: true })
})

const urlsWith = (password: string, database = 'joinder') => {
  const url = (login: string) => cluster.postgres.url(`joinder_${login}`, password, database)
  return {
    public: url('public'),
    staff: url('staff'),
    worker: url('worker'),
    migrator: url('migrator'),
  }
}

async function signIn(url: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query('select current_user as name')
    return rows[0].name as string
  } finally {
    await client.end()
  }
}

test('running it again changes passwords and nothing else', async () => {
  const ownerUrl = cluster.postgres.superuserUrl('postgres')
  await setUpRoles({ ownerUrl, urls: urlsWith('한글 with / and @'), timeouts: limits.database })
  expect(await signIn(urlsWith('한글 with / and @').public)).toBe('joinder_public')
  await setUpRoles({ ownerUrl, urls: urlsWith(testPassword), timeouts: limits.database })
  await expect(signIn(urlsWith('한글 with / and @').public)).rejects.toMatchObject({
    code: '28P01',
  })
  expect(await signIn(urlsWith(testPassword).worker)).toBe('joinder_worker')
})

test('an administrator of a rented server, who is no superuser, can run it', async () => {
  const client = new Client({ connectionString: cluster.postgres.superuserUrl('postgres') })
  await client.connect()
  try {
    await client.query(`drop database joinder`)
    await client.query(`create role renter login createdb createrole password '${testPassword}'`)
    await client.query(
      'grant joinder_public, joinder_staff, joinder_worker, joinder_migrator to renter with admin option',
    )
  } finally {
    await client.end()
  }
  const ownerUrl = cluster.postgres.url('renter', testPassword, 'postgres')
  const options = { ownerUrl, urls: urlsWith(testPassword), timeouts: limits.database }
  await setUpRoles(options)
  await setUpRoles(options)
  expect(await signIn(urlsWith(testPassword).staff)).toBe('joinder_staff')
})

test('URLs that do not fit together are refused in a sentence', async () => {
  const ownerUrl = cluster.postgres.superuserUrl('postgres')
  const good = urlsWith(testPassword)
  const run = (urls: Partial<typeof good>) =>
    setUpRoles({ ownerUrl, urls, timeouts: limits.database })
  await expect(run({ ...good, staff: good.public })).rejects.toThrow(
    /must sign in as joinder_staff/,
  )
  await expect(run({ ...good, worker: urlsWith(testPassword, 'other').worker })).rejects.toThrow(
    /same database/,
  )
  await expect(run({ ...good, migrator: undefined })).rejects.toThrow(/_MIGRATOR is not set/)
})
