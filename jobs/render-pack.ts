import { renderPack } from '../server/authority/render-pack'
import type { JobHandler } from './catalogue'

export const renderPackJob: JobHandler<'render-pack'> = (deps, { packId }, run) =>
  renderPack(deps, packId, run)
