import type { Express, Router } from 'express'
import request from 'supertest'
import { personFinder } from '../../server/accounts/find-person'
import { createApp, type AppDeps } from '../../server/app'
import { keysOf, loadProcessConfig, type ProcessConfig } from '../../server/config'
import { systemClock } from '../../server/kernel/clock'
import { generateKeys } from '../../server/vault/generate-keys'
import { createLog } from '../../server/web/log'
import type { TestDatabase } from './database'

export type Agent = ReturnType<typeof request.agent>

export interface TestAppOptions extends Partial<Omit<AppDeps, 'config'>> {
  surface: 'public' | 'staff'
  database: TestDatabase
  /** Settings as in the environment, e.g. `{ PUBLIC_URL: 'https://joinder.example' }`. */
  env?: Record<string, string>
  /** Last changes to the configuration, e.g. of a limit. */
  config?: (config: ProcessConfig) => ProcessConfig
  /** Routes in place of the shipped features, to test what surrounds every route. */
  features?: readonly ((deps: AppDeps) => Router)[]
  /** Keys shared with another process of the same installation (`testKeys()`). */
  keys?: TestKeys
}

export interface TestApp {
  app: Express
  deps: AppDeps
  /** The lines logged so far, as written. */
  logged: string[]
  /** A visitor with cookies of their own. */
  agent: () => Agent
}

export type TestKeys = ReturnType<typeof testKeys>

/** The keys of one installation; give the same to the surfaces and the worker of a test. */
export function testKeys() {
  return generateKeys()
}

/** The configuration that a process of the shipped program would start with, on a test database. */
export function testConfig(
  process: 'public' | 'staff' | 'worker',
  { database, env, keys = testKeys() }: Pick<TestAppOptions, 'database' | 'env' | 'keys'>,
): ProcessConfig {
  const session = process === 'staff' ? keys.STAFF_SESSION_SECRET : keys.PUBLIC_SESSION_SECRET
  const all = { ...keys, SESSION_SECRET: session } as Record<string, string>
  return loadProcessConfig(
    {
      ...Object.fromEntries(keysOf[process].map((name) => [name, all[name]])),
      [`DATABASE_URL_${process.toUpperCase()}`]: database.urls[process],
      JOINDER_HOME: database.home,
      ...env,
    },
    process,
  )
}

/** The shipped app of one surface: real database, CSRF on, nothing replaced but what a test names. */
export function createTestApp(options: TestAppOptions): TestApp {
  const { surface, database, env, keys, features, config: change, ...replaced } = options
  const config = testConfig(surface, {
    database,
    ...(env && { env }),
    ...(keys && { keys }),
  })
  const logged: string[] = []
  const deps: AppDeps = {
    config: change ? change(config) : config,
    db: database.db[surface],
    clock: systemClock,
    ...(surface === 'staff' && { findPerson: personFinder(database.db.staff) }),
    log: createLog(config, { write: (line: string) => void logged.push(line) }),
    onMissingText: (key) => {
      throw new Error(`no text for ${key}`)
    },
    ...replaced,
  }
  const app = createApp(deps, features)
  return { app, deps, logged, agent: () => request.agent(app) }
}

/** The token in a page's form. */
export function csrfFrom(html: string): string {
  const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1]
  if (token === undefined) throw new Error('the page has no form with a token')
  return token
}

/**
 * Sends a form as a browser does: gets the page that shows it (`from`, by default the same path), then
 * posts the fields with its token.
 */
export async function postForm(
  agent: Agent,
  path: string,
  fields: Record<string, unknown>,
  { from = path }: { from?: string } = {},
) {
  const page = await agent.get(from).set('Accept', 'text/html')
  if (page.status !== 200) throw new Error(`${from} answered ${page.status}`)
  return agent
    .post(path)
    .type('form')
    .set('Accept', 'text/html')
    .set('Sec-Fetch-Site', 'same-origin')
    .send({ ...fields, _csrf: csrfFrom(page.text) })
}
