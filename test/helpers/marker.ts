import { encodeMarkers } from '../../lib/wire/marker.ts'

/** The marker of this version, as a collector with default limits subscribes to it. */
export const markerTopic = encodeMarkers().at(-1) as Buffer
