import { isDeepStrictEqual } from 'node:util'
import type { Db, Tx } from '../db/connections'
import { newId } from '../kernel/ids'
import { claimForm } from './form-schema'
import { matterContent, type MatterContent, type MatterFile } from './matter-file'
import {
  insertClaimForm,
  selectClaimForm,
  selectStoredMatter,
  upsertMatter,
  upsertNamed,
} from './matters.store'
import { MatterFileError, readMatterFiles, type MatterFiles } from './read-matter-files'

/**
 * Brings incidents, firms, matters and claim forms of the files into the tables; run by the migrator,
 * any number of times. Nothing is deleted: a matter whose file went stays as it was, because claims
 * may point at it. What people have answered or agreed to is never edited: a form, a consent or a
 * signed statement that changed under the same version is refused, and nothing is loaded.
 * @throws MatterFileError in a sentence for the person who wrote the file
 */
export async function loadMatters(db: Db, files: MatterFiles = readMatterFiles()): Promise<void> {
  await db.transaction(async (tx) => {
    const incidentIds = new Map<string, string>()
    for (const content of files.incidents) {
      const row = { id: newId(), slug: content.slug, content }
      incidentIds.set(content.slug, await upsertNamed(tx, 'incidents', row))
    }
    const firmIds = new Map<string, string>()
    for (const content of files.firms) {
      const row = { id: newId(), slug: content.slug, content }
      firmIds.set(content.slug, await upsertNamed(tx, 'firms', row))
    }
    for (const matter of files.matters) {
      await loadMatter(tx, matter, incidentIds.get(matter.incident)!, firmIds.get(matter.firm)!)
    }
  })
}

async function loadMatter(
  tx: Tx,
  matter: MatterFile,
  incidentId: string,
  firmId: string,
): Promise<void> {
  const { form, ...content } = matter
  const stored = await selectStoredMatter(tx, matter.slug)
  if (stored) {
    refuseOlderForm(matter, stored.form_version)
    refuseChangedForm(matter, await selectClaimForm(tx, stored.id, form.version))
    refuseChangedWords(matter, matterContent.parse(stored.content))
  }
  const matterId = await upsertMatter(tx, {
    id: newId(),
    slug: matter.slug,
    incident_id: incidentId,
    firm_id: firmId,
    jurisdiction: matter.jurisdiction,
    regime: matter.regime,
    state: matter.state,
    form_version: form.version,
    content,
  })
  await insertClaimForm(tx, { matter_id: matterId, version: form.version, content: form })
}

function refuseOlderForm(matter: MatterFile, storedVersion: number): void {
  if (matter.form.version >= storedVersion) return
  throw new MatterFileError(
    `${matter.slug}.yaml: the form has version ${matter.form.version}, but version ${storedVersion} is already in use; give it a higher number.`,
  )
}

function refuseChangedForm(matter: MatterFile, stored: unknown): void {
  if (stored === undefined || sameData(claimForm.parse(stored), matter.form)) return
  throw new MatterFileError(
    `${matter.slug}.yaml: the form changed but is still version ${matter.form.version}; people may have answered that version, so give the changed form version ${matter.form.version + 1}.`,
  )
}

function refuseChangedWords(matter: MatterFile, stored: MatterContent): void {
  for (const consent of matter.consents) {
    const before = stored.consents.find(
      (one) => one.id === consent.id && one.version === consent.version,
    )
    if (before && !sameData(before, consent)) {
      throw new MatterFileError(
        `${matter.slug}.yaml: the consent "${consent.id}" changed but is still version ${consent.version}; give it version ${consent.version + 1}.`,
      )
    }
  }
  for (const document of matter.documents) {
    const before = stored.documents.find(
      (one) => one.id === document.id && one.version === document.version,
    )
    if (before && !sameData(before, document)) {
      throw new MatterFileError(
        `${matter.slug}.yaml: the document "${document.id}" changed but is still version ${document.version}; give it version ${document.version + 1}.`,
      )
    }
  }
  const { signature } = matter
  if (stored.signature.version === signature.version && !sameData(stored.signature, signature)) {
    throw new MatterFileError(
      `${matter.slug}.yaml: the signed statement changed but is still version ${signature.version}; give it version ${signature.version + 1}.`,
    )
  }
}

/** Equal whatever the order of keys, and where one side leaves out what the other has as undefined. */
function sameData(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b))
}

function plain(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data))
}
