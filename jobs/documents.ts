import { admitDocument } from '../server/evidence/admit-document'
import { removeDocument } from '../server/evidence/remove-document'
import { renewDocuments } from '../server/evidence/renew-documents'
import { eraseObject } from '../server/evidence/sweep-documents'
import { viewDocument } from '../server/evidence/view-document'
import type { JobHandler } from './catalogue'

export const admitDocumentJob: JobHandler<'admit-document'> = (deps, { evidenceId }, run) =>
  admitDocument(deps, evidenceId, run)

export const viewDocumentJob: JobHandler<'view-document'> = (deps, { evidenceId }, run) =>
  viewDocument(deps, evidenceId, run)

export const removeDocumentJob: JobHandler<'remove-document'> = (deps, { removalId }) =>
  removeDocument(deps, removalId)

export const renewDocumentsJob: JobHandler<'renew-documents'> = (deps, { claimId }, run) =>
  renewDocuments(deps, claimId, run)

export const eraseObjectJob: JobHandler<'erase-object'> = (deps, { objectId }) =>
  eraseObject(deps, objectId)
