#!/usr/bin/ruby
# Sidekiq works a queue: jobs at once and in bulk, scheduled ones, retries, dead ones, two queues of which one goes first, a worker told to
# stop in the midst of a job, and what Sidekiq's own pages show of it all. usage: queue.rb PORT [TIMES]
ENV["PORT"] = ARGV.fetch(0)
TIMES = (ARGV[1] || 1).to_i
PATIENCE = 30 # seconds until something that must come is missed
GRACE = "5" # seconds that a worker told to stop has; with less than two a thread that waits may take what another puts back, and lose it

require_relative "jobs"
require "sidekiq/api"

Sidekiq.logger.level = Logger::WARN
Sidekiq.redis(&:flushall)

def check(what, got, wanted)
  abort "#{what}: #{got.inspect}, not #{wanted.inspect}" unless got == wanted
end

def wait_for(what)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + PATIENCE
  until (value = yield)
    abort "#{what}: does not come" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    sleep 0.02
  end
  value
end

def redis(*words) = Sidekiq.redis { |redis| redis.call(*words) }

# Runs a worker as a process of its own while the block runs, then ends it as a supervisor does.
def worker(*options)
  jobs = File.expand_path("jobs.rb", __dir__)
  pid = spawn("sidekiq", "-r", jobs, "-e", "production", "-t", GRACE, *options, out: $stderr)
  yield pid
ensure
  if pid
    Process.kill("TERM", pid)
    Process.wait(pid)
  end
end

def enqueue_many
  count = 250 * TIMES
  count.times { |i| Count.perform_async(i) }
  Sidekiq::Client.push_bulk("class" => Count, "args" => (count...2 * count).map { |i| [i] })
  check "the queue's length", Sidekiq::Queue.new.size, 2 * count
  check "what was enqueued", Sidekiq::Stats.new.enqueued, 2 * count
  Count.set(queue: "other").perform_async(-1)
  check "the queues", Sidekiq::Queue.all.map(&:name).sort, %w[default other]
  found = Sidekiq::Queue.new("other").find { |job| job.args == [-1] }
  check "a job deleted by its id", found.delete, true
  check "the queue that is left", Sidekiq::Queue.new("other").size, 0
  2 * count
end

def none_lost_or_doubled(count)
  wait_for("jobs done") { redis("HLEN", "counted") == count }
  wait_for("the queue is empty") { Sidekiq::Queue.new.size.zero? }
  check "times that each was done", redis("HVALS", "counted").uniq, ["1"]
  wait_for("jobs counted") { Sidekiq::Stats.new.processed >= count } # with each heartbeat
end

def scheduled
  10.times { |i| Count.perform_in(1, "soon #{i}") }
  Count.perform_at(Time.now + 86_400, "tomorrow")
  check "what is scheduled", Sidekiq::ScheduledSet.new.size, 11
  wait_for("scheduled jobs") { (0...10).all? { |i| redis("HGET", "counted", "soon #{i}") == "1" } }
  left = Sidekiq::ScheduledSet.new.map { |job| job.args }
  check "what is scheduled for later", left, [["tomorrow"]]
  Sidekiq::ScheduledSet.new.first.add_to_queue
  wait_for("a job brought forward") { redis("HGET", "counted", "tomorrow") == "1" }
end

def retried
  5.times { |i| Stumble.perform_async(i) }
  set = wait_for("failed jobs") { Sidekiq::RetrySet.new.then { |retries| retries if retries.size == 5 } }
  check "what they say", set.map { |job| job["error_message"] }.uniq, ["stumbled"]
  check "found by scanning", set.scan("Stumble").count, 5
  set.retry_all
  wait_for("the second try") { redis("HVALS", "tries") == ["2"] * 5 }
  check "what is left to retry", Sidekiq::RetrySet.new.size, 0

  Fail.perform_async("x", { "deep" => [1, 2.5, nil] })
  dead = wait_for("a dead job") { Sidekiq::DeadSet.new.first }
  check "its arguments", dead.args, ["x", { "deep" => [1, 2.5, nil] }]
  dead.delete
  check "the dead", Sidekiq::DeadSet.new.size, 0
end

# What Sidekiq's own pages show.
def watched
  process = wait_for("the worker's heartbeat") { Sidekiq::ProcessSet.new.first }
  check "the threads", process["concurrency"], 5
  check "its queues", process["queues"], ["default"]
  Wait.perform_async
  wait_for("a job at work") { Sidekiq::Workers.new.map { |_, _, work| work.dig("payload", "class") } == ["Wait"] }
  redis("SET", "go on", 1)
  wait_for("its end") { redis("GET", "ended") == "1" }
  redis("DEL", "go on", "begun", "ended")
end

# A worker told to stop puts the job back that it doesn't end in time.
def stopped
  worker("-c", "2") do |pid|
    Wait.perform_async
    wait_for("a job begun") { redis("GET", "begun") == "1" }
  end
  check "jobs put back", Sidekiq::Queue.new.map(&:klass), ["Wait"]
  redis("SET", "go on", 1)
  worker("-c", "2") { wait_for("the job's end") { redis("GET", "ended") == "1" } }
  check "times begun", redis("GET", "begun"), "2"
end

# With queues in an order, the first is emptied before the second.
def ordered
  words = 20.times.map { |i| "later #{i}" }
  words.each { |word| Note.set(queue: "low").perform_async(word) }
  words = words.map { |word| word.sub("later", "first") }.each { |word| Note.set(queue: "critical").perform_async(word) } + words
  worker("-c", "1", "-q", "critical", "-q", "low") { wait_for("all jobs") { redis("LLEN", "noted") == words.size } }
  check "the order", redis("LRANGE", "noted", 0, -1), words
end

puts "with sidekiq #{Sidekiq::VERSION}, redis-rb #{Redis::VERSION}, ruby #{RUBY_VERSION}"
count = enqueue_many
worker("-c", "5") do
  none_lost_or_doubled(count)
  scheduled
  retried
  watched
end
stopped
ordered
stats = Sidekiq::Stats.new
check "what is left", [stats.enqueued, stats.scheduled_size, stats.retry_size, stats.dead_size], [0, 0, 0, 0]
puts "#{count} jobs, each done once"
