package server

import (
	"fmt"
	"strings"
)

// latencyFigures sum up the samples of an event, in milliseconds and seconds.
type latencyFigures struct {
	mean, deviation int64
	// periodS is the time from the oldest sample to now, at least 1.
	periodS int64
}

// figures sums up an event, which has at least one sample.
func (e *latencyEvent) figures(nowS int64) (f latencyFigures) {
	count := int64(len(e.samples))
	for _, sample := range e.samples {
		f.mean += sample.took.Milliseconds()
	}
	f.mean /= count
	for _, sample := range e.samples {
		distance := f.mean - sample.took.Milliseconds()
		f.deviation += max(distance, -distance)
	}
	f.deviation /= count
	f.periodS = max(nowS-e.samples[0].unixS, 1)
	return f
}

// What LATENCY DOCTOR says where there is nothing to tell of, in Redis's words.
const (
	doctorDisabled = "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET " +
		"latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look " +
		"at https://redis.io/topics/latency-monitor.\n"
	doctorNothing = "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I honestly " +
		"think you ought to sit down calmly, take a stress pill, and think things over.\n"
	doctorSpikes = "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n"
)

// latencyReport is LATENCY DOCTOR: what was observed, in Redis's words, and advice that is true of this server. slowerThanUs and
// thresholdMs are slowlog-log-slower-than and latency-monitor-threshold.
func latencyReport(events []latencyEvent, nowS, slowerThanUs, thresholdMs int64) string {
	if len(events) == 0 && thresholdMs == 0 {
		return doctorDisabled
	}
	if len(events) == 0 {
		return doctorNothing
	}
	var report strings.Builder
	report.WriteString(doctorSpikes)
	for i, e := range events {
		f := e.figures(nowS)
		fmt.Fprintf(&report, "%d. %s: %d latency spikes (average %dms, mean deviation %dms, period %.2f sec). Worst all time event %dms.\n",
			i+1, e.name, len(e.samples), f.mean, f.deviation, float64(f.periodS)/float64(len(e.samples)), e.max.Milliseconds())
	}
	report.WriteString("\nI have a few advices for you:\n\n")
	for _, e := range events {
		for _, advice := range latencyAdvice(e.name, slowerThanUs, thresholdMs) {
			report.WriteString("- " + advice + "\n")
		}
	}
	return report.String()
}

// latencyAdvice is what may help against spikes of an event.
func latencyAdvice(event string, slowerThanUs, thresholdMs int64) []string {
	switch event {
	case "command":
		return append(slowLogAdvice(slowerThanUs, thresholdMs), "Check your Slow Log to understand what are the commands you are running "+
			"which are too slow to execute. Please check https://redis.io/commands/slowlog for more information.")
	case "fast-command":
		return []string{"Commands that do little took long: the process didn't get the processor. Lower the load of the system, or give " +
			"the server cores of its own; where it is a virtual machine, look for noisy neighbours. 'redis-cli --intrinsic-latency 100' " +
			"measures what the system adds by itself."}
	case "expire-cycle":
		return []string{"Many keys expire at the same moment. Spread their deadlines."}
	}
	return nil
}

// slowLogAdvice is given where the slow log doesn't show what the latency monitor sees.
func slowLogAdvice(slowerThanUs, thresholdMs int64) []string {
	switch {
	case slowerThanUs < 0:
		return []string{fmt.Sprintf("There are latency issues with potentially slow commands you are using. Try to enable the Slow Log Redis "+
			"feature using the command 'CONFIG SET slowlog-log-slower-than %d'. If the Slow log is disabled Redis is not able to log slow "+
			"commands execution for you.", thresholdMs*1000)}
	case slowerThanUs/1000 > thresholdMs:
		return []string{fmt.Sprintf("Your current Slow Log configuration only logs events that are slower than your configured latency monitor "+
			"threshold. Please use 'CONFIG SET slowlog-log-slower-than %d'.", thresholdMs*1000)}
	}
	return nil
}
