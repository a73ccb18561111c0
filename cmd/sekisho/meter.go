package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/milter"
	"github.com/sekisho/sekisho/record"
)

// A meter holds the numbers of one process, and of the record it has, for Prometheus. No label comes from a sender.
type meter struct {
	registry *prometheus.Registry
	passages *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	gaps     *prometheus.CounterVec
	failed   *prometheus.CounterVec
	written  *prometheus.HistogramVec
	jobs     *prometheus.CounterVec
}

func newMeter() *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		passages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_passages_total", Help: "What was judged and recorded."}, []string{"door", "action", "do"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sekisho_inspection_seconds", Help: "Time from opening to verdict.",
			Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, 1, 5, 30}}, []string{"door"}),
		gaps: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_gaps_total", Help: "What could not be looked at."}, []string{"by", "class"}),
		written: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sekisho_recording_seconds", Help: "Time from the verdict until it is kept.",
			Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, 1, 5, 30}}, []string{"door"}),
		jobs:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_jobs_failed_total", Help: "Jobs that failed; most are tried again."}, []string{"work"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_not_recorded_total", Help: "Verdicts that could not be kept, so that the door held."}, []string{"door"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "sekisho_build_info", Help: "What runs.", ConstLabels: prometheus.Labels{"version": version()}})
	build.Set(1)
	m.registry.MustRegister(build, m.passages, m.seconds, m.gaps, m.failed, m.written, m.jobs, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// recording counts what next records.
func (m *meter) recording(next checkpoint.Record) checkpoint.Record {
	return func(ctx context.Context, p *sekisho.Passage) error {
		begin := time.Now()
		if err := next(ctx, p); err != nil {
			m.failed.WithLabelValues(p.Door).Inc()
			return err
		}
		m.passages.WithLabelValues(p.Door, p.Verdict.Action.String(), p.Act.Do).Inc()
		m.written.WithLabelValues(p.Door).Observe(time.Since(begin).Seconds())
		m.seconds.WithLabelValues(p.Door).Observe(p.Verdict.Took.Seconds())
		for _, g := range p.Verdict.Gaps {
			m.gaps.WithLabelValues(g.By, g.Class()).Inc()
		}
		return nil
	}
}

// A gauge is a number that is asked for when the metrics are read.
type gauge struct {
	name, help string
	read       func() float64
}

func (m *meter) register(gauges ...gauge) {
	for _, g := range gauges {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: g.name, Help: g.help}, g.read))
	}
}

// watchRecord shows what of the record wants people, asked for at most every ten seconds. A record that does not answer shows -1.
func (m *meter) watchRecord(store *record.Store) {
	last := &cached[record.Today]{every: 10 * time.Second, read: func() (record.Today, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return store.Today(ctx, time.Now().Add(-24*time.Hour))
	}}
	of := func(number func(record.Today) int) func() float64 {
		return func() float64 {
			today, err := last.get()
			if err != nil {
				return -1
			}
			return float64(number(today))
		}
	}
	m.register(
		gauge{"sekisho_cases_open", "Cases that need a person.", of(func(t record.Today) int { return t.Open })},
		gauge{"sekisho_passages_held", "Passages kept back and not released.", of(func(t record.Today) int { return t.Held })},
		gauge{"sekisho_releases_waiting", "Releases that need a second person.", of(func(t record.Today) int { return t.Waiting })},
		gauge{"sekisho_passages_unfinished", "Passages of the last day whose act was interrupted.", of(func(t record.Today) int { return t.Unfinished })},
	)
}

// A live collector asks for its numbers when the metrics are read.
type live func(to func(name, help string, kind prometheus.ValueType, value float64, labels ...string))

// Describe implements prometheus.Collector. What is collected differs with what runs.
func (live) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. Labels are a name and its value.
func (c live) Collect(to chan<- prometheus.Metric) {
	c(func(name, help string, kind prometheus.ValueType, value float64, labels ...string) {
		var names, values []string
		for i := 0; i+1 < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
	})
}

// watchMilter shows the figures of the milter.
func (m *meter) watchMilter(door *milter.Door) {
	const counter = prometheus.CounterValue
	m.registry.MustRegister(live(func(to func(string, string, prometheus.ValueType, float64, ...string)) {
		s := door.Stats()
		to("sekisho_milter_connections", "Connections of mail servers now.", prometheus.GaugeValue, float64(s.Open))
		to("sekisho_milter_connections_refused_total", "Connections closed because there were too many.", counter, float64(s.Turned))
		to("sekisho_milter_connections_broken_total", "Connections that ended within a mail.", counter, float64(s.Broken))
		to("sekisho_milter_mails_total", "Mails that came to their end.", counter, float64(s.Mails))
		to("sekisho_milter_seconds_total", "Time mails waited for their answer: turn, verdict and record.", counter, s.Busy.Seconds())
		for why, n := range s.Failures {
			to("sekisho_milter_not_checked_total", "Mails that could not be checked.", counter, float64(n), "why", why)
		}
		to("sekisho_milter_unchecked_total", "Mails let through unchecked because the policy says so.", counter, float64(s.Unchecked))
		to("sekisho_milter_large_total", "Mails too large to be checked.", counter, float64(s.Large))
		to("sekisho_milter_released_total", "Released mails that came by.", counter, float64(s.Released))
		to("sekisho_milter_forged_total", "Headers of a release that were not believed.", counter, float64(s.Forged))
		to("sekisho_milter_dropped_total", "Mails whose answer could not be written.", counter, float64(s.Dropped))
		to("sekisho_milter_panics_total", "Connections that cost a panic.", counter, float64(s.Panics))
	}))
}

// watchLists shows the age of each list in seconds.
func (m *meter) watchLists(ages func() map[string]time.Duration) {
	m.registry.MustRegister(live(func(to func(string, string, prometheus.ValueType, float64, ...string)) {
		for list, age := range ages() {
			to("sekisho_list_age_seconds", "How old each list is.", prometheus.GaugeValue, age.Seconds(), "list", list)
		}
	}))
}

// watchServices shows which services run without trouble.
func (m *meter) watchServices(running func() []*service) {
	m.registry.MustRegister(live(func(to func(string, string, prometheus.ValueType, float64, ...string)) {
		for _, s := range running() {
			up := 1.0
			if state, _ := s.state(); state == "failed" {
				up = 0
			}
			to("sekisho_up", "1 for a service that runs without trouble.", prometheus.GaugeValue, up, "service", s.name, "where", s.where)
		}
	}))
}

// watchCertificate shows when the certificate ends.
func (m *meter) watchCertificate(c *certificate) {
	m.register(gauge{"sekisho_certificate_end_seconds", "When the certificate of the console and the API ends, in seconds since 1970.",
		func() float64 { return float64(c.ends().Unix()) }})
}

// handler serves /metrics, /healthz (the process runs) and /readyz (the record can be written).
func (m *meter) handler(store *record.Store) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := store.Healthy(ctx); err != nil {
			http.Error(w, "the record cannot be written", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	return mux
}
