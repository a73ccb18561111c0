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
}

func newMeter() *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		passages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_passages_total", Help: "What was judged and recorded."}, []string{"door", "action", "do"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sekisho_inspection_seconds", Help: "Time from opening to verdict.",
			Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, 1, 5, 30}}, []string{"door"}),
		gaps:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_gaps_total", Help: "What could not be looked at."}, []string{"by", "class"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sekisho_not_recorded_total", Help: "Verdicts that could not be kept, so that the door held."}, []string{"door"}),
	}
	m.registry.MustRegister(m.passages, m.seconds, m.gaps, m.failed, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// recording counts what next records.
func (m *meter) recording(next checkpoint.Record) checkpoint.Record {
	return func(ctx context.Context, p *sekisho.Passage) error {
		if err := next(ctx, p); err != nil {
			m.failed.WithLabelValues(p.Door).Inc()
			return err
		}
		m.passages.WithLabelValues(p.Door, p.Verdict.Action.String(), p.Act.Do).Inc()
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

// watchMilter shows the figures of the milter.
func (m *meter) watchMilter(door *milter.Door) {
	of := func(number func(milter.Stats) int64) func() float64 {
		return func() float64 { return float64(number(door.Stats())) }
	}
	m.register(
		gauge{"sekisho_milter_connections", "Connections of mail servers now.", of(func(s milter.Stats) int64 { return s.Open })},
		gauge{"sekisho_milter_mails", "Mails that came to their end, since the start.", of(func(s milter.Stats) int64 { return s.Mails })},
		gauge{"sekisho_milter_unchecked", "Mails let through unchecked because the policy says so, since the start.", of(func(s milter.Stats) int64 { return s.Unchecked })},
		gauge{"sekisho_milter_dropped", "Mails whose answer could not be written, since the start.", of(func(s milter.Stats) int64 { return s.Dropped })},
		gauge{"sekisho_milter_panics", "Connections that cost a panic, since the start.", of(func(s milter.Stats) int64 { return s.Panics })},
	)
}

// watchLists shows the age of each list in seconds.
func (m *meter) watchLists(ages func() map[string]time.Duration) {
	m.registry.MustRegister(ageCollector{prometheus.NewDesc("sekisho_list_age_seconds", "How old each list is.", []string{"list"}, nil), ages})
}

type ageCollector struct {
	desc *prometheus.Desc
	ages func() map[string]time.Duration
}

// Describe implements prometheus.Collector.
func (c ageCollector) Describe(to chan<- *prometheus.Desc) { to <- c.desc }

// Collect implements prometheus.Collector.
func (c ageCollector) Collect(to chan<- prometheus.Metric) {
	for list, age := range c.ages() {
		to <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, age.Seconds(), list)
	}
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
