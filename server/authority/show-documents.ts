import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { Matter } from '../matters/matter-file'
import { documentsKey } from './fill-documents'
import type { KeptPaper } from './kept-paper'
import { zoneOf, type PackCore, type PackSignature, type SignedDocument } from './pack-content'
import { signingFields, writeDrawing, type TypedSigning } from './parse-signing'

/** A document as views/authority/document.ejs draws it. */
export function documentView({ id, binding, translation }: SignedDocument) {
  return { id, binding, translation }
}

/** What the form under the documents shows. */
export function signingForm(
  documents: SignedDocument[],
  given: {
    t: Translate
    /** to be typed, or beside the drawing */
    name: string
    /** hash of the documents */
    shown: string
    /** what was just sent */
    typed: TypedSigning | null
    /** the signature of a draft that was signed before */
    before: PackSignature | null
    errors: Record<string, string>
  },
) {
  const { typed, before, errors } = given
  return {
    documents: documents.map(documentView),
    name: given.name,
    shown: given.shown,
    read: typed?.read ?? false,
    typed: typed?.typed ?? (before?.kind === 'typed' ? before.text : ''),
    drawn: typed?.drawn ?? (before ? writeDrawing(before) : ''),
    fields: signingFields,
    errors: {
      read: errors[signingFields.read],
      signature: errors[signingFields.typed],
    },
  }
}

/** What was signed, as views/authority/signed.ejs draws it. */
export function signedWords(core: PackCore, lang: Language) {
  const at = new Date(core.signedAt)
  return {
    pack: core.pack,
    signer: core.signer,
    documents: core.documents.map(documentView),
    signature: signatureView(core.signature),
    at: { iso: core.signedAt, text: showMoment(at, lang, zoneOf(core)) },
  }
}

/** A signature as views/authority/signature.ejs draws it. */
export function signatureView(signature: PackSignature) {
  if (signature.kind === 'typed') return { typed: signature.text, drawn: null }
  const { width, height } = signature
  return { typed: null, drawn: { width, height, paths: signature.strokes.map(pathOf) } }
}

/** A stroke as the path of an SVG, and of a PDF. A single point is a dot. */
export function pathOf(stroke: number[]): string {
  const points: string[] = []
  for (let at = 0; at + 1 < stroke.length; at += 2) points.push(`${stroke[at]} ${stroke[at + 1]}`)
  return points.length === 1 ? `M${points[0]}L${points[0]}` : `M${points.join('L')}`
}

/** One of the papers on a claimant's list. */
export function paperLine(
  { core, confirmed }: KeptPaper,
  matter: Matter,
  path: string,
  lang: Language,
) {
  const at = (iso: string) => ({ iso, text: showMoment(new Date(iso), lang, zoneOf(core)) })
  const documents = core.documents.map(({ id, version }) => `${id}@${version}`).sort()
  const current = core.firm.id === matter.firm.id && documents.join() === documentsKey(matter)
  return {
    title: core.documents
      .map(
        ({ binding, translation }) =>
          (translation?.language === lang ? translation : binding).title,
      )
      .join(', '),
    signer: core.signer,
    firm: core.firm.name[lang],
    signedAt: at(core.signedAt),
    confirmedAt: at(confirmed.at),
    how: confirmed.how,
    current,
    pdf: `${path}/${core.pack}/paper.pdf?lang=${lang}`,
  }
}
