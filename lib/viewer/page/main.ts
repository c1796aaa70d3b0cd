/** What the browser loads. */
import { FilterBar } from './filter-bar.ts'
import { HelpDialog } from './help-dialog.ts'
import { HistogramChart } from './histogram-chart.ts'
import { HistoryView } from './history-view.ts'
import { LineList } from './line-list.ts'
import { LiveView } from './live-view.ts'
import { PageApp } from './page-app.ts'
import { RecordPanel } from './record-panel.ts'
import { SendersView } from './senders-view.ts'
import { SessionNotice } from './session-notice.ts'
import { TimeBar } from './time-bar.ts'

const components = {
  'filter-bar': FilterBar,
  'help-dialog': HelpDialog,
  'histogram-chart': HistogramChart,
  'history-view': HistoryView,
  'line-list': LineList,
  'live-view': LiveView,
  'record-panel': RecordPanel,
  'senders-view': SendersView,
  'session-notice': SessionNotice,
  'time-bar': TimeBar,
  'page-app': PageApp
}

for (const [name, component] of Object.entries(components)) customElements.define(name, component)
