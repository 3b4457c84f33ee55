import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { z } from 'zod'
import type { Db } from '../../db/connections'
import { selectPasskey, type PasskeyRow } from './factors.store'

/** Loaded with the first passkey: two of the three processes never meet one, and it is large. */
const webauthn = () => import('@simplewebauthn/server')

/** A passkey whose signature was right; it counts once it is used in the transaction of what it allows. */
export interface ProvenPasskey {
  id: string
  personId: string
  counter: number
}

export type NewPasskey = Pick<PasskeyRow, 'credential_id' | 'public_key' | 'counter' | 'transports'>

/** What a passkey belongs to: the host that people type, and nothing else. */
function siteOf(staffUrl: string) {
  const { hostname, origin } = new URL(staffUrl)
  return { rpID: hostname, origin }
}

// A passkey alone signs a person in, so the device has to know who holds it: by finger, face or PIN.
const userVerification = 'required'

/** What a browser is asked with, to make a passkey. `challenge` in base64url. */
export async function creationOptions(
  staffUrl: string,
  challenge: string,
  person: { id: string; email: string; name: string },
  existing: readonly Pick<PasskeyRow, 'credential_id'>[],
) {
  const { generateRegistrationOptions } = await webauthn()
  return generateRegistrationOptions({
    rpName: 'Joinder',
    rpID: siteOf(staffUrl).rpID,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    userID: new Uint8Array(Buffer.from(person.id)),
    userName: person.email,
    userDisplayName: person.name,
    // Which make of device it is is nobody's business here.
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification },
    excludeCredentials: existing.map((one) => ({ id: one.credential_id.toString('base64url') })),
  })
}

/** What a browser is asked with, to sign in: whoever's passkey it is, or one of these. */
export async function requestOptions(
  staffUrl: string,
  challenge: string,
  allowed: readonly Pick<PasskeyRow, 'credential_id'>[] = [],
) {
  const { generateAuthenticationOptions } = await webauthn()
  return generateAuthenticationOptions({
    rpID: siteOf(staffUrl).rpID,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    userVerification,
    ...(allowed.length > 0 && {
      allowCredentials: allowed.map((one) => ({ id: one.credential_id.toString('base64url') })),
    }),
  })
}

const mostResponseChars = 20_000
const credential = z.looseObject({
  id: z.string().min(1).max(1400),
  rawId: z.string(),
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: z.string() }),
})

/** The JSON that the script of the page puts into the form, or null. */
function responseIn(text: string): unknown {
  if (text.length > mostResponseChars) return null
  try {
    return credential.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** The passkey that a browser has made, or null when what it says does not fit the challenge and site. */
export async function readNewPasskey(
  staffUrl: string,
  challenge: string,
  text: string,
): Promise<NewPasskey | null> {
  const response = responseIn(text) as RegistrationResponseJSON | null
  if (!response) return null
  const { rpID, origin } = siteOf(staffUrl)
  const { verifyRegistrationResponse } = await webauthn()
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
    })
    if (!verified) return null
    const { id, publicKey, counter } = registrationInfo.credential
    return {
      credential_id: Buffer.from(id, 'base64url'),
      public_key: Buffer.from(publicKey),
      counter,
      transports: (response.response.transports ?? []).join(',').slice(0, 100),
    }
  } catch {
    // The library throws for whatever does not fit; all of it means no.
    return null
  }
}

/** Whose passkey signed the challenge, or null. */
export async function readPasskey(
  db: Db,
  staffUrl: string,
  challenge: string,
  text: string,
): Promise<ProvenPasskey | null> {
  const response = responseIn(text) as AuthenticationResponseJSON | null
  if (!response) return null
  const row = await selectPasskey(db, Buffer.from(response.id, 'base64url'))
  if (!row) return null
  const { rpID, origin } = siteOf(staffUrl)
  const { verifyAuthenticationResponse } = await webauthn()
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      credential: {
        id: row.credential_id.toString('base64url'),
        publicKey: new Uint8Array(row.public_key),
        counter: row.counter,
      },
    })
    if (!verified) return null
    return { id: row.id, personId: row.person_id, counter: authenticationInfo.newCounter }
  } catch {
    return null
  }
}
