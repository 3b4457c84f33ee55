import type { VerificationSecrets } from '../vault/verification-secrets'

/**
 * The token of the link to a copy of somebody's data. Derived from the id of what they asked under a name of
 * its own: the public login chooses that id, and could otherwise choose one whose token it is shown elsewhere.
 */
export function dataLinkToken(
  { secretsOf }: { secretsOf: (id: string) => VerificationSecrets },
  changeId: string,
): string {
  return secretsOf(`data ${changeId}`).token
}
