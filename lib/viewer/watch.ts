import type { LiveFilter } from '../wire/live-filter.ts'
import { filterNames, parseFilters, toLiveFilter } from './filters.ts'
import { LiveTest } from './live-test.ts'
import { refuseOtherParameters } from './parameters.ts'

/** What a browser wants to see of the records that arrive. */
export interface Watch {
  /** what the collector's thread can test */
  filter: LiveFilter
  /** tests everything; undefined where all records are wanted */
  test: LiveTest | undefined
}

/** Reads the filters of a URL. @throws ERR_ZMQ_PUB_OPTION, RequestError */
export function toWatch(parameters: URLSearchParams): Watch {
  refuseOtherParameters(parameters, filterNames)
  const filters = parseFilters(parameters)
  const isFiltered = [...parameters.values()].some(value => value !== '')
  return { filter: toLiveFilter(filters), test: isFiltered ? new LiveTest(filters) : undefined }
}
