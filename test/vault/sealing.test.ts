import fc from 'fast-check'
import { ConfigError } from '../../server/config'
import { decrypt, encrypt } from '../../server/vault/cipher'
import { draftId, newDraftSecret, openDraft, sealDraft } from '../../server/vault/drafts'
import { generateKeys } from '../../server/vault/generate-keys'
import { openSealed } from '../../server/vault/sealed-box'
import { createSealer } from '../../server/vault/sealer'
import { blindIndexes } from '../../server/vault/blind-index'
import { verificationSecrets } from '../../server/vault/verification-secrets'

const key = Buffer.alloc(32, 7)
const place = { table: 'sealed_records', claim: 'a', field: 'answers', version: 1 }

describe('a ciphertext can be neither moved nor edited', () => {
  test('it opens where it belongs', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const plaintext = Buffer.from(bytes)
        expect(decrypt(key, place, encrypt(key, place, plaintext)).equals(plaintext)).toBe(true)
      }),
    )
  })

  test('another table, claim, field or version refuses it', () => {
    const box = encrypt(key, place, Buffer.from('김민서'))
    for (const other of [{ table: 'x' }, { claim: 'b' }, { field: 'x' }, { version: 2 }]) {
      expect(() => decrypt(key, { ...place, ...other }, box)).toThrow(/authenticate/)
    }
  })

  test('every flipped bit is noticed', () => {
    const box = encrypt(key, place, Buffer.from('what the claimant answered'))
    for (let bit = 0; bit < box.length * 8; bit++) {
      const changed = Buffer.from(box)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => decrypt(key, place, changed)).toThrow(/authenticate|format/)
    }
  })

  test('every cut is noticed', () => {
    const box = encrypt(key, place, Buffer.from('what the claimant answered'))
    for (let length = 0; length < box.length; length++) {
      expect(() => decrypt(key, place, box.subarray(0, length))).toThrow(/authenticate|format/)
    }
  })
})

describe('sealing to the worker', () => {
  const keys = generateKeys()
  const sealer = createSealer({ intakePublicKey: keys.INTAKE_PUBLIC_KEY })

  test('the data key travels with the claim and version it is for, and only the pair opens it', () => {
    const claimId = '0190a000-0000-7000-8000-000000000001'
    const sealed = sealer.sealClaim({ claimId, version: 1, answers: { name: '김민서' } })
    expect(sealed.ciphertext.includes(Buffer.from('김민서'))).toBe(false)
    const publicKey = Buffer.from(keys.INTAKE_PUBLIC_KEY, 'base64url')
    const plain = openSealed(
      publicKey,
      Buffer.from(keys.INTAKE_SECRET_KEY, 'base64url'),
      sealed.box,
    )
    expect(plain.subarray(32, 68).toString()).toBe(claimId)
    expect(plain.readUInt32BE(68)).toBe(1)
    const other = Buffer.from(generateKeys().INTAKE_SECRET_KEY, 'base64url')
    expect(() => openSealed(publicKey, other, sealed.box)).toThrow(/not sealed to this key/)
  })

  test('a missing or damaged key is one sentence for whoever starts Joinder, and never shown', () => {
    for (const intakePublicKey of [undefined, '', 'abc', 'c2hvcnQ', 'x'.repeat(44)]) {
      const create = () => createSealer({ intakePublicKey })
      expect(create).toThrow(ConfigError)
      expect(create).toThrow(/^INTAKE_PUBLIC_KEY is not (set|a key: 32 bytes as base64url)\.$/)
    }
  })
})

describe('drafts', () => {
  test('only the cookie that holds the secret opens the draft', () => {
    const secret = newDraftSecret()
    const box = sealDraft(secret, { name: '김민서' })
    expect(openDraft(secret, box)).toEqual({ name: '김민서' })
    expect(openDraft(newDraftSecret(), box)).toBeNull()
    expect(draftId(secret).toString('base64url')).not.toBe(secret)
  })
})

describe('mailed secrets and indexes', () => {
  test('a mail that is sent again carries the same link and code', () => {
    const secretsOf = verificationSecrets(generateKeys().TOKEN_KEY)
    expect(secretsOf('one')).toEqual(secretsOf('one'))
    expect(secretsOf('one').token).not.toBe(secretsOf('two').token)
    expect(secretsOf('one').code).toMatch(/^\d{6}$/)
  })

  test('spelling that does not tell people apart does not split them; the key does', () => {
    const person = { name: '김 민서', email: 'A@naver.com', phone: '+821012345678' }
    const again = { name: '김민서', email: 'a@NAVER.com', phone: '+821012345678' }
    const index = Buffer.alloc(32, 1)
    expect(blindIndexes(index, person)).toEqual(blindIndexes(index, again))
    expect(blindIndexes(Buffer.alloc(32, 2), person)).not.toEqual(blindIndexes(index, person))
  })
})
