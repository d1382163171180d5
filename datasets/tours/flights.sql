-- A tour of owlake over every flight that left New York in 2013.
--
--   owlake --home /tmp/tour --bucket nyc=datasets/flights run --echo --summary datasets/tours/flights.sql
--
-- The bucket s3://nyc is the folder datasets/flights; s3://lake lies in the home.

CREATE DATABASE IF NOT EXISTS flights COMMENT 'Flights out of New York, 2013';

-- 1. Raw files -----------------------------------------------------------------------------------------------
-- Tables over CSV as it is: a header line, NA for what is missing, two files compressed.

CREATE EXTERNAL TABLE IF NOT EXISTS flights.raw (
    year INT, month INT, day INT,
    dep_time INT, sched_dep_time INT, dep_delay DOUBLE,
    arr_time INT, sched_arr_time INT, arr_delay DOUBLE,
    carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING,
    air_time DOUBLE, distance DOUBLE, hour INT, minute INT, time_hour STRING
)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' NULL DEFINED AS 'NA'
STORED AS TEXTFILE
LOCATION 's3://nyc/flights/'
TBLPROPERTIES ('skip.header.line.count' = '1');

CREATE EXTERNAL TABLE IF NOT EXISTS flights.weather (
    origin STRING, year INT, month INT, day INT, hour INT, temp DOUBLE, dewp DOUBLE, humid DOUBLE,
    wind_dir DOUBLE, wind_speed DOUBLE, wind_gust DOUBLE, precip DOUBLE, pressure DOUBLE, visib DOUBLE,
    time_hour STRING
)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' NULL DEFINED AS 'NA'
LOCATION 's3://nyc/weather/'
TBLPROPERTIES ('skip.header.line.count' = '1');

CREATE EXTERNAL TABLE IF NOT EXISTS flights.planes (
    tailnum STRING, year INT, type STRING, manufacturer STRING, model STRING,
    engines INT, seats INT, speed INT, engine STRING
)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' NULL DEFINED AS 'NA'
LOCATION 's3://nyc/planes/'
TBLPROPERTIES ('skip.header.line.count' = '1');

CREATE EXTERNAL TABLE IF NOT EXISTS flights.airports (
    faa STRING, name STRING, lat DOUBLE, lon DOUBLE, alt INT, tz INT, dst STRING, tzone STRING
)
ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' NULL DEFINED AS 'NA'
LOCATION 's3://nyc/airports/'
TBLPROPERTIES ('skip.header.line.count' = '1');

CREATE EXTERNAL TABLE IF NOT EXISTS flights.airlines (carrier STRING, name STRING)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
LOCATION 's3://nyc/airlines/'
TBLPROPERTIES ('skip.header.line.count' = '1');

SHOW TABLES IN flights;

DESCRIBE flights.airlines;

-- Every query over text reads all of it: the compressed size is what Athena counts.
SELECT count(*) AS flights, count(dep_time) AS departed, count(DISTINCT dest) AS destinations FROM flights.raw;

-- 2. Parquet, by month ---------------------------------------------------------------------------------------
-- CTAS writes one folder a month, and INSERT adds to it.

CREATE TABLE flights.by_month
WITH (
    format = 'PARQUET', parquet_compression = 'ZSTD',
    external_location = 's3://lake/flights/by_month/', partitioned_by = ARRAY['month']
) AS
SELECT
    year, day, dep_time, sched_dep_time, dep_delay, arr_time, sched_arr_time, arr_delay,
    carrier, flight, tailnum, origin, dest, air_time, distance, hour, minute, time_hour,
    month
FROM flights.raw
WHERE month < 12;

INSERT INTO flights.by_month
SELECT
    year, day, dep_time, sched_dep_time, dep_delay, arr_time, sched_arr_time, arr_delay,
    carrier, flight, tailnum, origin, dest, air_time, distance, hour, minute, time_hour,
    month
FROM flights.raw
WHERE month = 12;

SHOW PARTITIONS flights.by_month;

-- One column of one month: a fraction of the bytes, a fraction of the cost.
SELECT count(*) AS flights, round(avg(dep_delay), 2) AS delay FROM flights.by_month WHERE month = 7;

-- 3. The same files without a catalog of partitions ------------------------------------------------------------
-- Partition projection: the months are computed from the table's properties.

CREATE EXTERNAL TABLE IF NOT EXISTS flights.projected (
    year INT, day INT, dep_time INT, sched_dep_time INT, dep_delay DOUBLE, arr_time INT, sched_arr_time INT,
    arr_delay DOUBLE, carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING, air_time DOUBLE,
    distance DOUBLE, hour INT, minute INT, time_hour STRING
)
PARTITIONED BY (month INT)
STORED AS PARQUET
LOCATION 's3://lake/flights/by_month/'
TBLPROPERTIES (
    'projection.enabled' = 'true',
    'projection.month.type' = 'integer', 'projection.month.range' = '1,12',
    'storage.location.template' = 's3://lake/flights/by_month/month=${month}/'
);

SELECT month, count(*) AS flights, round(avg(arr_delay), 1) AS arrival_delay
FROM flights.projected
WHERE month BETWEEN 6 AND 8
GROUP BY month
ORDER BY month;

SELECT regexp_extract("$path", 'month=\d+') AS folder, count(*) AS flights
FROM flights.projected
WHERE month IN (1, 12)
GROUP BY 1
ORDER BY 1;

-- 4. Buckets ---------------------------------------------------------------------------------------------------
-- Hive's hash of the carrier decides the file: a query for one carrier reads one bucket of eight.

CREATE TABLE flights.by_carrier
WITH (
    format = 'PARQUET', external_location = 's3://lake/flights/by_carrier/',
    bucketed_by = ARRAY['carrier'], bucket_count = 8
) AS
SELECT * FROM flights.raw;

SELECT count(*) AS flights, approx_distinct(tailnum) AS planes FROM flights.by_carrier WHERE carrier = 'UA';

SELECT count(*) AS flights, approx_distinct(tailnum) AS planes FROM flights.by_carrier;

-- 5. Questions -------------------------------------------------------------------------------------------------

-- The airlines by how late they arrive.
SELECT
    a.name,
    count(*) AS flights,
    round(avg(f.arr_delay), 1) AS mean_delay,
    approx_percentile(f.arr_delay, 0.5) AS median_delay,
    approx_percentile(f.arr_delay, 0.95) AS worst_twentieth
FROM flights.by_carrier f
JOIN flights.airlines a ON a.carrier = f.carrier
WHERE f.arr_delay IS NOT NULL
GROUP BY a.name
ORDER BY mean_delay DESC
LIMIT 8;

-- For each airport the three destinations with most flights.
WITH counted AS (
    SELECT origin, dest, count(*) AS flights FROM flights.by_carrier GROUP BY origin, dest
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY origin ORDER BY flights DESC, dest) AS place FROM counted
)
SELECT r.origin, r.place, r.dest, p.name, r.flights
FROM ranked r
LEFT JOIN flights.airports p ON p.faa = r.dest
WHERE r.place <= 3
ORDER BY r.origin, r.place;

-- Delays grow through the day: each hour against the one before.
SELECT
    hour,
    round(avg(dep_delay), 1) AS delay,
    round(avg(dep_delay) - lag(avg(dep_delay)) OVER (ORDER BY hour), 1) AS more_than_before
FROM flights.by_month
WHERE dep_delay IS NOT NULL
GROUP BY hour
ORDER BY hour;

-- Wind and lateness, joined on the airport and the hour.
SELECT
    CASE WHEN w.wind_speed < 10 THEN 'calm' WHEN w.wind_speed < 20 THEN 'breeze' ELSE 'strong' END AS wind,
    count(*) AS flights,
    round(avg(f.dep_delay), 1) AS delay
FROM flights.by_month f
JOIN flights.weather w ON w.origin = f.origin AND w.month = f.month AND w.day = f.day AND w.hour = f.hour
WHERE w.wind_speed IS NOT NULL
GROUP BY 1
ORDER BY delay;

-- Makers by seats, with a subtotal for each kind of engine.
SELECT engine, manufacturer, count(*) AS planes, sum(seats) AS seats
FROM flights.planes
GROUP BY ROLLUP (engine, manufacturer)
HAVING count(*) > 200
ORDER BY engine NULLS LAST, planes DESC;

-- A view, and a prepared statement over it.
CREATE OR REPLACE VIEW flights.late AS
SELECT month, carrier, dest, arr_delay FROM flights.by_month WHERE arr_delay > 60;

PREPARE late_to FROM SELECT month, count(*) AS late FROM flights.late WHERE dest = ? GROUP BY month ORDER BY late DESC LIMIT 3;

EXECUTE late_to USING 'SFO';

-- 6. What it took ----------------------------------------------------------------------------------------------

EXPLAIN (TYPE DATAFUSION) SELECT count(*) FROM flights.by_carrier WHERE carrier = 'UA';

SELECT
    substatement_type,
    count(*) AS statements,
    sum(bytes_scanned) AS bytes_scanned,
    round(sum(cost_usd), 6) AS usd
FROM system.runtime.queries
WHERE state = 'SUCCEEDED'
GROUP BY substatement_type
ORDER BY bytes_scanned DESC
LIMIT 5;
