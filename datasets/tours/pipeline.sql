-- A pipeline in SQL alone: a stream, a delivery stream, a crawler, queries. A day of it takes seconds.
--
--   owlake --home /tmp/pipeline --bucket nyc=datasets/flights run --echo --summary datasets/tours/pipeline.sql
--
-- Every flight that left New York in 2013 becomes an event; s3://lake lies in the home.

CALL system.runtime.set_clock(TIMESTAMP '2014-01-01 00:00:00 UTC');
CREATE DATABASE IF NOT EXISTS pipeline COMMENT 'Flights as events';

-- 1. Where the events come from ------------------------------------------------------------------------------

CREATE EXTERNAL TABLE pipeline.raw (
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

-- 2. A stream of them ----------------------------------------------------------------------------------------

CREATE STREAM flights (
    day VARCHAR, carrier VARCHAR, flight BIGINT, origin VARCHAR, dest VARCHAR, distance BIGINT, fare DECIMAL(9, 2)
)
WITH (shard_count = 4, partition_key = 'carrier', format = 'json');

-- 3. What puts them into the lake: Parquet, a folder for each day of the flights --------------------------------

-- The columns that records are converted to are those of a table. (CTAS makes the bucket, too.)

CREATE TABLE pipeline.event WITH (format = 'PARQUET', external_location = 's3://lake/event/') AS
SELECT carrier, CAST(flight AS BIGINT) AS flight, origin, dest, CAST(distance AS BIGINT) AS distance,
    CAST(0 AS DECIMAL(9, 2)) AS fare
FROM pipeline.raw
WHERE false;

CALL firehose.system.create_delivery_stream(
    delivery_stream_name => 'flights',
    delivery_stream_type => 'KinesisStreamAsSource',
    kinesis_stream_source_configuration => JSON '{
        "KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/flights",
        "RoleARN": "arn:aws:iam::123456789012:role/delivery"
    }',
    extended_s3_destination_configuration => JSON '{
        "RoleARN": "arn:aws:iam::123456789012:role/delivery",
        "BucketARN": "arn:aws:s3:::lake",
        "Prefix": "flights/day=!{partitionKeyFromQuery:day}/",
        "ErrorOutputPrefix": "errors/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 300},
        "DynamicPartitioningConfiguration": {"Enabled": true},
        "ProcessingConfiguration": {"Enabled": true, "Processors": [{
            "Type": "MetadataExtraction",
            "Parameters": [
                {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{day: .day}"},
                {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}
            ]
        }]},
        "DataFormatConversionConfiguration": {
            "SchemaConfiguration": {"DatabaseName": "pipeline", "TableName": "event"},
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}}
        }
    }'
);

-- 4. The year is replayed --------------------------------------------------------------------------------------

-- INSERT answers with a sequence number for each record; they are written nowhere here, and not lined up.

\format csv
\o /dev/null
INSERT INTO kinesis.streams.flights
SELECT
    concat(CAST(year AS VARCHAR), '-', lpad(CAST(month AS VARCHAR), 2, '0'), '-', lpad(CAST(day AS VARCHAR), 2, '0')),
    carrier, flight, origin, dest, CAST(distance AS BIGINT), CAST(distance * 0.13 AS DECIMAL(9, 2))
FROM pipeline.raw;
\o
\format table

CALL system.runtime.advance_clock(INTERVAL '10' MINUTE);

SELECT state, count(*) AS objects, sum(records) AS records FROM firehose.system.deliveries GROUP BY state;

-- 5. A crawler finds what is there -----------------------------------------------------------------------------

CALL glue.system.create_crawler(
    name => 'flights',
    database_name => 'pipeline',
    targets => JSON '{"S3Targets": [{"Path": "s3://lake/flights/"}]}'
);
CALL glue.system.start_crawler('flights');
SHOW CREATE TABLE pipeline.flights;

-- 6. The lake agrees with where it came from, to the row and the cent --------------------------------------------

SELECT carrier, count(*) AS flights, sum(fare) AS fares
FROM pipeline.flights
WHERE day BETWEEN '2013-07-01' AND '2013-07-31'
GROUP BY carrier
ORDER BY fares DESC
LIMIT 5;

WITH delivered AS (
    SELECT day, carrier, count(*) AS flights, sum(fare) AS fares FROM pipeline.flights GROUP BY day, carrier
), raw AS (
    SELECT
        concat(CAST(year AS VARCHAR), '-', lpad(CAST(month AS VARCHAR), 2, '0'), '-', lpad(CAST(day AS VARCHAR), 2, '0')) AS day,
        carrier, count(*) AS flights,
        sum(CAST(distance * 0.13 AS DECIMAL(9, 2))) AS fares
    FROM pipeline.raw
    GROUP BY 1, 2
)
SELECT
    count(*) AS groups, sum(raw.flights) AS flights, sum(raw.fares) AS fares,
    count_if(raw.flights IS DISTINCT FROM delivered.flights OR raw.fares IS DISTINCT FROM delivered.fares) AS differences
FROM raw
FULL JOIN delivered ON raw.day = delivered.day AND raw.carrier = delivered.carrier;
