DELETE FROM deployment_tag WHERE deployment = $1;
