import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import {
  ConfigError,
  dkimEnvironment,
  keysOf,
  loadConfig,
  loadProcessConfig,
  sharedEnvironment,
  type ProcessName,
} from '../server/config'

const processes = ['public', 'staff', 'worker'] as const

function environmentOf(process: ProcessName): Record<string, string> {
  const login = `DATABASE_URL_${process.toUpperCase()}`
  return {
    [login]: `postgres://joinder_${process}:secret@localhost/joinder`,
    ...Object.fromEntries(keysOf[process].map((name) => [name, 'x'])),
  }
}

test('nothing set is a demonstration on this machine alone', () => {
  const config = loadConfig({})
  expect(config).toMatchObject({
    production: false,
    surface: null,
    host: '127.0.0.1',
    port: 3000,
    staffPort: 3001,
    publicUrl: 'http://localhost:3000',
    trustProxy: false,
    operatorName: null,
    keys: {},
    databases: {},
  })
})

test.each([
  [{ PORT: '80x' }, /^PORT is "80x"/],
  [{ STAFF_PORT: '70000' }, /^STAFF_PORT is "70000"/],
  [{ PORT: '3001' }, /both 3001/],
  [{ SURFACE: 'worker' }, /^SURFACE is "worker"/],
  [{ PUBLIC_URL: 'joinder.example' }, /^PUBLIC_URL is not a URL/],
  [{ TRUST_PROXY: 'true' }, /^TRUST_PROXY is "true"/],
  [{ TRUST_PROXY: 'garbage' }, /^TRUST_PROXY is "garbage"; it must be the number of proxies/],
  [{ TRUST_PROXY: '10.0.0.0/33' }, /^TRUST_PROXY/],
  [{ TRUST_PROXY: '10.0.0.1, nginx' }, /^TRUST_PROXY/],
  [{ LEDGER_ORIGIN: 'my ledger' }, /^LEDGER_ORIGIN/],
  [{ MAIL_FROM: 'Joinder' }, /^MAIL_FROM is "Joinder"; it must hold an address/],
  [{ OPERATOR_CONTACT: 'call us' }, /^OPERATOR_CONTACT is "call us"; it must be an e-mail/],
  [{ SECURITY_CONTACT: 'http://joinder.example' }, /^SECURITY_CONTACT is "http:/],
  [{ EVIDENCE_S3_KEY_ID: 'x' }, /^EVIDENCE_S3_KEY_ID is set and EVIDENCE_S3_URL is not/],
  [{ EVIDENCE_S3_URL: 'https://s3.example' }, /names no bucket/],
  [{ EVIDENCE_S3_URL: 'https://s3.example/b' }, /needs EVIDENCE_S3_KEY_ID and EVIDENCE_S3_SECRET/],
  [{ CLAMD_URL: 'clamd' }, /^CLAMD_URL must be like tcp:/],
  [{ DKIM_DOMAIN: 'b.example' }, /^DKIM_SELECTOR and DKIM_KEY are not set; signing mail needs/],
  [
    { DKIM_DOMAIN: 'b.example', DKIM_SELECTOR: 'k', DKIM_KEY: 'x', MAIL_FROM: 'a@notb.example' },
    /^DKIM_DOMAIN is "b.example" and mail comes from notb.example;/,
  ],
  [
    {
      DKIM_DOMAIN: 'b.example',
      DKIM_SELECTOR: 'k',
      DKIM_KEY: '/nowhere',
      MAIL_FROM: 'a@b.example',
    },
    /^DKIM_KEY is not an RSA private key of at least 1024 bits: [^/]*$/,
  ],
  [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL is "loud"/],
  [{ NODE_ENV: 'production' }, /is not set; production has no default/],
])('a wrong setting is one sentence: %j', (env, sentence) => {
  expect(() => loadConfig(env)).toThrow(sentence)
  expect(() => loadConfig(env)).toThrow(ConfigError)
})

test.each(['2', 'loopback', '10.0.0.0/8, fd00::/8', '192.0.2.7'])(
  'proxies may be named as Express takes them: %s',
  (value) => {
    const { trustProxy } = loadConfig({ TRUST_PROXY: value })
    expect(() => express().set('trust proxy', trustProxy)).not.toThrow()
  },
)

test('a wrong connection string is not repeated, since it may hold a password', () => {
  const load = () => loadConfig({ DATABASE_URL_STAFF: 'mysql://me:hunter2@localhost/x' })
  expect(load).toThrow(/^DATABASE_URL_STAFF is not a URL that begins with postgres:\/\/\.$/)
})

test.each(processes)('the %s process starts with exactly what it needs', (process) => {
  const env = environmentOf(process)
  expect(loadProcessConfig(env, process)).toMatchObject({ process })
  for (const name of Object.keys(env)) {
    const without = Object.fromEntries(Object.entries(env).filter(([key]) => key !== name))
    expect(() => loadProcessConfig(without, process)).toThrow(`${name} is not set`)
  }
})

test.each(processes)('the %s process refuses what belongs to another', (process) => {
  const own = environmentOf(process)
  const all = Object.assign({}, ...processes.map(environmentOf)) as Record<string, string>
  const foreign = Object.keys(all).filter((name) => !(name in own))
  expect(foreign.length).toBeGreaterThan(2)
  for (const name of [...foreign, 'DATABASE_URL', 'DATABASE_URL_MIGRATOR']) {
    const env = { ...own, [name]: 'postgres://x@localhost/x' }
    expect(() => loadProcessConfig(env, process)).toThrow(`${name} is set`)
  }
})

test('the key that signs mail is the worker’s alone, as PEM or as a file', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string
  const folder = mkdtempSync(join(tmpdir(), 'joinder-dkim-'))
  const file = join(folder, 'key.pem')
  writeFileSync(file, pem)
  const dkim = {
    MAIL_FROM: 'Joinder <no-reply@mail.b.example>',
    DKIM_DOMAIN: 'b.example',
    DKIM_SELECTOR: 'k2026',
  }
  for (const key of [pem, pem.replaceAll('\n', '\\n'), file]) {
    const env = { ...dkim, DKIM_KEY: key }
    const worker = loadProcessConfig({ ...environmentOf('worker'), ...env }, 'worker')
    expect(worker.dkim).toEqual({
      domain: 'b.example',
      selector: 'k2026',
      privateKey: expect.any(String),
    })
    expect(worker.dkim!.privateKey.trim()).toBe(pem.trim())
    for (const process of ['public', 'staff'] as const) {
      const started = { ...environmentOf(process), ...env, SURFACE: process }
      expect(() => loadProcessConfig(started, process)).toThrow('DKIM_KEY is set; the')
    }
    expect(sharedEnvironment(env)).toEqual({ MAIL_FROM: dkim.MAIL_FROM })
    expect(dkimEnvironment(env)).toMatchObject({ DKIM_KEY: key })
  }
  rmSync(folder, { recursive: true })
})

test('security.txt names whom to tell: a contact of its own, or else the operator’s', () => {
  const contact = (env: Record<string, string>) => loadConfig(env).securityContact
  expect(contact({})).toBeNull()
  expect(contact({ OPERATOR_CONTACT: 'help@b.example' })).toBe('mailto:help@b.example')
  expect(
    contact({ OPERATOR_CONTACT: 'help@b.example', SECURITY_CONTACT: 'security@b.example' }),
  ).toBe('mailto:security@b.example')
  expect(contact({ SECURITY_CONTACT: 'https://b.example/report' })).toBe('https://b.example/report')
})

test('the worker sends real mail in production', () => {
  const env = {
    ...environmentOf('worker'),
    NODE_ENV: 'production',
    MAIL_FROM: 'a@b.example',
    PUBLIC_URL: 'https://b.example',
    STAFF_URL: 'https://staff.b.example',
    LEDGER_ORIGIN: 'b.example/ledger',
  }
  expect(() => loadProcessConfig(env, 'worker')).toThrow('SMTP_URL is not set; production')
  expect(() => loadProcessConfig({ ...env, MAIL_CATCHER: '/tmp' }, 'worker')).toThrow(
    'MAIL_CATCHER',
  )
})

test('whoever names an operator ends the demonstration: real mail, and no catcher', () => {
  const named = { OPERATOR_NAME: 'Hanbit Claims' }
  expect(loadConfig({}).demonstration).toBe(true)
  expect(loadConfig(named).demonstration).toBe(false)
  expect(() => loadConfig({ ...named, MAIL_CATCHER: '/tmp' })).toThrow('MAIL_CATCHER is set')
  const worker = { ...environmentOf('worker'), ...named }
  expect(() => loadProcessConfig(worker, 'worker')).toThrow(
    'SMTP_URL is not set; with OPERATOR_NAME',
  )
  const withMail = { ...worker, SMTP_URL: 'smtp://mail.example' }
  expect(() => loadProcessConfig(withMail, 'worker')).not.toThrow()
})

test('documents stand in the folder of this machine, or in the bucket that is named', () => {
  expect(loadConfig({ JOINDER_HOME: '/srv/joinder' })).toMatchObject({
    documents: { folder: '/srv/joinder/evidence', s3: null },
    clamd: null,
  })
  const s3 = {
    EVIDENCE_S3_URL: 'https://s3.example:9000/bucket/a/b/',
    EVIDENCE_S3_KEY_ID: 'id',
    EVIDENCE_S3_SECRET: 'secret',
  }
  expect(loadConfig({ ...s3, CLAMD_URL: 'unix:/run/clamd.sock' })).toMatchObject({
    documents: {
      s3: {
        endpoint: 'https://s3.example:9000',
        bucket: 'bucket',
        prefix: 'a/b/',
        region: 'us-east-1',
      },
    },
    clamd: { path: '/run/clamd.sock' },
  })
  expect(loadConfig({ CLAMD_URL: 'tcp://[::1]:3310' }).clamd).toEqual({ host: '::1', port: 3310 })
})
