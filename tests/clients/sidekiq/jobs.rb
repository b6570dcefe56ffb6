# The jobs, and how Sidekiq finds its server: what an application of one's own would hold. Read by the worker and by those who enqueue.
require "sidekiq"

Redis.silence_deprecations = true # redis-rb 4.8 warns of what Sidekiq 6.4 calls

REDIS = { url: "redis://127.0.0.1:#{ENV.fetch("PORT")}/1" }

Sidekiq.configure_server do |config|
  config.redis = REDIS
  config.options[:poll_interval_average] = 0.3 # seconds between looks for what is scheduled; Sidekiq's default is some fifteen
end
Sidekiq.configure_client { |config| config.redis = REDIS }

# Counts how often each number was worked on.
class Count
  include Sidekiq::Worker

  def perform(number)
    Sidekiq.redis { |redis| redis.hincrby("counted", number, 1) }
  end
end

# Notes the order in which jobs were done.
class Note
  include Sidekiq::Worker

  def perform(word)
    Sidekiq.redis { |redis| redis.rpush("noted", word) }
  end
end

# Fails the first time.
class Stumble
  include Sidekiq::Worker
  sidekiq_options retry: 3

  def perform(number)
    tries = Sidekiq.redis { |redis| redis.hincrby("tries", number, 1) }
    raise "stumbled" if tries == 1
  end
end

# Fails always, and isn't tried again.
class Fail
  include Sidekiq::Worker
  sidekiq_options retry: 0

  def perform(*)
    raise "as it always does"
  end
end

# Says that it has begun, and ends when it is told to.
class Wait
  include Sidekiq::Worker

  def perform
    Sidekiq.redis { |redis| redis.incr("begun") }
    sleep 0.02 until Sidekiq.redis { |redis| redis.get("go on") }
    Sidekiq.redis { |redis| redis.incr("ended") }
  end
end
